//! A computed field has another name on the wire than the stored ones.

use gm_runtime::{GeneralManager, computed};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public)]
#[remote_api(resource = "projects", allow_filter)]
pub struct Project {
    #[field(id)]
    pub id: i64,
    pub name: String,
}

#[computed]
impl Project {
    pub fn name(&self) -> String {
        self.name.to_uppercase()
    }
}

fn main() {}
