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
    let project = Project::filter(|p| p.name.eq("a")).await?;
    println!("{}", project.name);
    Ok(())
}

fn main() {
    drop(run());
}
