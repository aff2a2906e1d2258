use gm_runtime::GeneralManager;

fn is_even(number: &i32) -> bool {
    number % 2 == 0
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(validate = is_even)]
    other: i32,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
