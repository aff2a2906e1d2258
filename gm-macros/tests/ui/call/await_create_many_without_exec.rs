use gm_runtime::{Error, GeneralManager};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

async fn import() -> Result<(), Error> {
    let rows = [ProjectCreate { name: "Alpha".into() }];
    let ids = Project::create_many(rows).await?;
    println!("{ids:?}");
    Ok(())
}

fn main() {
    let _ = import;
}
