//! The arguments of a computed field.

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
    #[field(filter = false)]
    pub fn one(&self) -> i64 {
        1
    }

    #[field(update = admin)]
    pub fn two(&self) -> i64 {
        2
    }

    #[field(default = 3)]
    pub fn three(&self) -> i64 {
        3
    }

    #[field(nmae = "four")]
    pub fn four(&self) -> i64 {
        4
    }

    #[field(read = id == 7)]
    pub fn five(&self) -> i64 {
        5
    }

    #[field(read = authentcated)]
    pub fn six(&self) -> i64 {
        6
    }

    #[field(max_digits = 4)]
    pub fn seven(&self) -> i64 {
        7
    }

    #[field(rename = "a-b")]
    pub fn eight(&self) -> i64 {
        8
    }

    pub fn nine__in(&self) -> i64 {
        9
    }

    #[field(rename = "one")]
    pub fn ten(&self) -> i64 {
        10
    }

    pub fn creator_id(&self) -> i64 {
        11
    }
}

#[computed(create = gm_runtime)]
impl Project {}

fn main() {}
