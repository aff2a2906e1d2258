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
    let create = ProjectCreate { name: "a".into() };
    let _ = (project, Project::create(create).exec(gm).await?);
    Ok(())
}

fn main() {
    let _ = call;
}
