use gm_runtime::GeneralManager;

struct Projects;

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = Projects)]
#[remote_manager(base_url = "https://projects.example.com", resource = "projects")]
struct Project {
    #[field(id)]
    id: i64,
}

fn main() {}
