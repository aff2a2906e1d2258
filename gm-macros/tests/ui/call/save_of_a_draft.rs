use gm_runtime::{Error, GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    priority: i32,
    due: Option<chrono::NaiveDate>,
}

async fn write(gm: &Gm, project: Project) -> Result<(), Error> {
    project.update().name("b").save(gm).await?;
    Ok(())
}

fn main() {}
