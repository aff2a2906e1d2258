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
    let create = ProjectCreate {
        name: "a".into(),
        status: "b".into(),
        count: 1,
    };
    let _ = Project::create(create).await?;
    Ok(())
}

fn main() {
    drop(run());
}
