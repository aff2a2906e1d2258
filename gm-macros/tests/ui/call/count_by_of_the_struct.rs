use gm_runtime::{Error, GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    status: String,
}

async fn read(gm: &Gm) -> Result<(), Error> {
    let _ = Project::count_by(|p| p.status, gm).await?;
    Ok(())
}

fn main() {
    let _ = read;
}
