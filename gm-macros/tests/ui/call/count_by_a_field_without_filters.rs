use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
pub struct Project {
    #[field(id)]
    pub id: i64,
    #[field(filter = false)]
    pub name: String,
}

async fn example(gm: &Gm) {
    let _ = Project::query().count_by(|p| p.name, gm).await;
}

fn main() {}
