use gm_runtime::GeneralManager;

type Id = i64;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: Id,
    name: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
