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

async fn read(gm: &Gm) -> Result<(), Error> {
    Project::find_by_id(1).one(gm).await?;
    Ok(())
}

fn main() {}
