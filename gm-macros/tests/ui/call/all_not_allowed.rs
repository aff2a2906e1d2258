use gm_runtime::{GeneralManager, Gm};

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

async fn call(gm: &Gm) -> Result<(), gm_runtime::Error> {
    let _ = Project::all(gm).await?;
    Ok(())
}

fn main() {
    let _ = call;
}
