use gm_runtime::{GeneralManager, Query};

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "https://projects.example.com",
    resource = "projects",
    operations(detail)
)]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

fn main() {
    let _ = Query::<Project>::new();
}
