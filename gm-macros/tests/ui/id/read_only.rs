use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id, read_only)]
    id: i64,
    name: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
