//! `#[computed]` belongs on an `impl` block of the struct itself.

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
impl std::fmt::Display for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

#[computed]
pub fn is_long(project: &Project) -> bool {
    project.name.len() > 7
}

#[computed]
struct Other;

struct Pair<T>(T, T);

#[computed]
impl<T> Pair<T> {
    pub fn is_pair(&self) -> bool {
        true
    }
}

#[computed]
impl (Project, Project) {
    pub fn is_pair(&self) -> bool {
        true
    }
}

impl Project {
    #[computed]
    pub fn is_short(&self) -> bool {
        true
    }
}

fn main() {}
