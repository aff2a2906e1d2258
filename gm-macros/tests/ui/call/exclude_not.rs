use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    status: String,
    count: i32,
    note: Option<String>,
}

fn main() {
    let _ = Project::query().exclude(|p| !p.name.eq("a"));
}
