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
    Project::by_id(1).update().name("b");
}
