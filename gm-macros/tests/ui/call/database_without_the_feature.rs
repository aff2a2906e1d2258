// The fixtures are built without features of gm-runtime.
use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
}

fn main() {
    let _ = Gm::builder().manager::<Project>().database("sqlite://projects.db");
}
