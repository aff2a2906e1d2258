use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(filter = false)]
    other: Option<String>,
}

fn main() {
    let _ = Project::filter(|p| p.other.icontains("x"));
}
