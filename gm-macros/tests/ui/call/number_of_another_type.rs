use gm_runtime::{GeneralManager};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    priority: i32,
    due: Option<chrono::NaiveDate>,
}

fn main() {
    let numbers: Vec<i64> = Vec::new();
    let _ = Project::filter(|p| p.priority.is_in(numbers));
}
