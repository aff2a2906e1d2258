use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
