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
    for project in Project::all(gm) {
        println!("{project:?}");
    }
    Ok(())
}

fn main() {}
