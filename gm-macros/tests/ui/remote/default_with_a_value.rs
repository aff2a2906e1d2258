use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "https://projects.example.com", resource = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    #[field(default = "none")]
    name: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
