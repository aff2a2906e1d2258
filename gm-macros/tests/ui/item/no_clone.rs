use gm_runtime::{GeneralManager, Gm};

#[derive(Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

async fn call(gm: &Gm) -> Result<(), gm_runtime::Error> {
    let project = Project::filter(|p| p.name.eq("a")).one(gm).await?;
    project.update().name("b").exec(gm).await?;
    Ok(())
}

fn main() {
    let _ = call;
}
