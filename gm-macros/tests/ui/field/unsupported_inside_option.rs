use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    size: Option<std::path::PathBuf>,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
