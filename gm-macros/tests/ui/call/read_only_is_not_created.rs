use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://localhost", resource = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(read_only)]
    other: i32,
}

fn main() {
    let _ = Project::create(ProjectCreate { name: "x".into(), other: 2 });
}
