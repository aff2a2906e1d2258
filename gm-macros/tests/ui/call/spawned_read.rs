use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
}

// The bounds of `spawn` in tokio and actix.
fn spawn<F: Future + Send + 'static>(_: F) {}

fn start(gm: &Gm) {
    spawn(Project::all(gm));
}

fn main() {}
