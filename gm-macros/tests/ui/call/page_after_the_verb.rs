use gm_runtime::{Error, GeneralManager, Gm, Rows};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    priority: i32,
    due: Option<chrono::NaiveDate>,
}

async fn read(gm: &Gm) -> Result<Rows<Project>, Error> {
    Project::all(gm).page(2).await
}

fn main() {}
