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

async fn write(gm: &Gm, mut project: Project) -> Result<(), Error> {
    project.name = "b".into();
    project.save(gm).await
}

fn main() {}
