use gm_runtime::GeneralManager;

#[derive(Clone, Copy, GeneralManager)]
#[database(table = "projects")]
union Project {
    id: i64,
}

fn main() {
    let _ = Project::query();
}
