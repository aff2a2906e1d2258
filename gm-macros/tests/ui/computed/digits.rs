//! Digits are those of a decimal.

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
    #[field(max_digits = 4, decimal_places = 2)]
    pub fn seven(&self) -> i64 {
        7
    }
}

fn main() {}
