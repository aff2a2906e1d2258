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
    let projects = Project::query().fetch_all(gm).await?;
    println!("{projects:?}");
    Ok(())
}

fn main() {}
