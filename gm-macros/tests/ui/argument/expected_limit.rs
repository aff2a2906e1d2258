use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(min = true)]
    other: i32,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
