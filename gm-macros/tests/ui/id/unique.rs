use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id, unique)]
    id: i64,
    name: String,
    #[field(blank)]
    status: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
