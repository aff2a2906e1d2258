//! A consumer only reads a computed field.

use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://localhost", resource = "projects")]
pub struct RemoteProject {
    #[field(id)]
    pub id: i64,
    pub name: String,
    #[field(computed)]
    pub is_long: bool,
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://localhost", resource = "projects")]
pub struct OtherProject {
    #[field(id, computed)]
    pub id: i64,
    #[field(computed, default)]
    pub is_long: bool,
    #[field(computed, version)]
    pub version: i64,
    #[field(computed, filter = false)]
    pub words: i64,
    #[field(computed, unique)]
    pub letters: i64,
}

async fn example(gm: &Gm) {
    let _ = RemoteProject::create(RemoteProjectCreate {
        name: String::new(),
        is_long: true,
    });
    let _ = RemoteProject::by_id(1).update().is_long(true);
    let _ = RemoteProject::filter(|p| p.is_long.eq(true)).all(gm).await;
    let _ = RemoteProject::order_by(|p| p.is_long.asc()).all(gm).await;
}

fn main() {}
