use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    status: String,
    count: i32,
    note: Option<String>,
}

async fn run() -> Result<(), gm_runtime::Error> {
    let changed: Project = Project::by_id(1).update().name("b").await?;
    drop(changed.name);
    Ok(())
}

fn main() {
    drop(run());
}
