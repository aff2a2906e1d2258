use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    id: i64,
    name: String,
}

fn main() {
    let _ = Project::by_id(1).update();
    let _ = Project::filter(|p| p.name.eq("x"));
}
