#![deny(unused_must_use)]

use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

async fn call(gm: &Gm) {
    Project::get(gm, 1);
}

fn main() {
    let _ = call;
}
