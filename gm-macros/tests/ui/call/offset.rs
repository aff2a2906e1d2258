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
    let _ = Project::query().offset(20);
}
