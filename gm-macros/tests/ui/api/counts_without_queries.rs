use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public)]
#[remote_api(resource = "projects", allow_detail, allow_counts)]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
