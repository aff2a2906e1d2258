use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "https://projects.example.com", resource = "projects", operations())]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

fn main() {}
