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
    let project = project.update().name("b").exec(gm).unwrap();
    println!("{project:?}");
    Ok(())
}

fn main() {}
