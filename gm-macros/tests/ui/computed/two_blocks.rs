//! A struct has one `#[computed]` block.

use gm_runtime::{GeneralManager, computed};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public)]
#[remote_api(resource = "projects", allow_filter)]
pub struct Project {
    #[field(id)]
    pub id: i64,
}

#[computed]
impl Project {
    pub fn one(&self) -> i64 {
        1
    }
}

#[computed]
impl Project {
    pub fn two(&self) -> i64 {
        2
    }
}

fn main() {}
