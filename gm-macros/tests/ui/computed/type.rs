//! The type of a computed field is one that a field can have.

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
    pub fn words(&self) -> Vec<String> {
        Vec::new()
    }
}

fn main() {}
