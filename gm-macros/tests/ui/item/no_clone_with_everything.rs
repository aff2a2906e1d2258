//! Each struct lacks `Clone`, which is one error, whatever the derive implements for it.

use gm_runtime::{GeneralManager, Gm, computed};

#[derive(Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public)]
#[remote_api(resource = "projects", allow_filter, websocket_invalidation)]
#[remote_manager(base_url = "http://localhost", websocket_invalidation)]
pub struct Project {
    #[field(id)]
    pub id: i64,
    pub name: String,
    #[field(version)]
    pub version: i64,
    #[field(references = Project)]
    pub parent_id: Option<i64>,
}

#[computed]
impl Project {
    pub fn one(&self) -> i64 {
        self.id
    }
}

#[derive(Debug, GeneralManager)]
#[remote_manager(base_url = "http://localhost", resource = "projects", websocket_invalidation)]
pub struct Other {
    #[field(id)]
    pub id: i64,
    pub name: String,
    #[field(version)]
    pub version: i64,
}

async fn call(gm: &Gm) -> Result<(), gm_runtime::Error> {
    let project = Project::filter(|p| p.name.eq("a")).one(gm).await?;
    project.update().name("b").exec(gm).await?;
    let mut batch = gm.batch();
    batch.add(project.update().name("b"));
    Project::by_id(1).if_version(2).update().exec(gm).await?;
    Ok(())
}

fn main() {
    let _ = call;
}
