//! A computed field is a method of `&self` that returns a value.

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
    const LONGEST: usize = 7;

    pub fn new() -> i64 {
        7
    }

    pub fn with(&self, suffix: String) -> String {
        self.name.clone() + &suffix
    }

    pub fn change(&mut self) -> bool {
        true
    }

    pub fn of<T>(&self) -> bool {
        true
    }

    pub fn print(&self) {}

    pub async fn read(&self) -> bool {
        true
    }

    pub unsafe fn unchecked(&self) -> bool {
        true
    }

    pub fn borrowed(&self) -> &str {
        &self.name
    }

    pub fn shown(&self) -> impl std::fmt::Display {
        self.id
    }

    pub fn length(&self) -> usize {
        self.name.len()
    }

    pub fn is_long(&self) -> bool {
        self.name.len() > Self::LONGEST
    }
}

fn main() {}
