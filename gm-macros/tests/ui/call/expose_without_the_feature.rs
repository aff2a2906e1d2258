// The fixtures are built without features of gm-runtime.
use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public)]
#[remote_api(resource = "projects", allow_filter)]
struct Project {
    #[field(id)]
    id: i64,
}

fn main() {
    let _ = Gm::builder().expose::<Project>();
}
