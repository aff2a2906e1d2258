use gm_runtime::GeneralManager;

fn is_even(number: &i32) -> Result<(), String> {
    if number % 2 == 0 { Ok(()) } else { Err("odd".into()) }
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(validate = is_even)]
    other: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
