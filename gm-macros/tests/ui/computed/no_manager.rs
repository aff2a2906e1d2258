//! Only a manager has computed fields.

use gm_runtime::computed;

pub struct Project {
    pub id: i64,
}

#[computed]
impl Project {
    pub fn one(&self) -> i64 {
        self.id
    }
}

fn main() {}
