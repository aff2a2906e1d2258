use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(create = public)]
#[remote_api(resource = "projects", allow_create)]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(read_only)]
    other: i32,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
