#![deny(unused_must_use)]

use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

fn main() {
    Project::filter(|p| p.name.eq("a"));
}
