use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    #[field(max_length = "200")]
    name: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
