//! An owner computes a field by a method.

use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
pub struct Project {
    #[field(id)]
    pub id: i64,
    pub name: String,
    #[field(computed)]
    pub is_long: bool,
}

fn main() {}
