use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "https://projects.example.com",
    resource = "projects",
    operations(filter)
)]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

async fn call(gm: &Gm, project: &Project) -> Result<(), gm_runtime::Error> {
    let _ = project;
    Project::by_id(1).delete(gm).await?;
    Ok(())
}

fn main() {
    let _ = call;
}
