use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "https://projects.example.com", base_path = "gm", resource = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
