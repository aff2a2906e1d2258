use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "https://projects.example.com", resource = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

fn call(gm: &Gm) {
    let _ = Project::changes(gm);
}

fn main() {
    let _ = call;
}
