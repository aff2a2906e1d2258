use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://localhost", resource = "projects")]
#[manager(validate)]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
