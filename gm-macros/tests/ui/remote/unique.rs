use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "https://projects.example.com", resource = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(unique)]
    status: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
