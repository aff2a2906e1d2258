use gm_runtime::{FieldType, GeneralManager};

#[derive(Clone, Debug, FieldType)]
enum Status {
    Active,
    Paused,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    status: Status,
}

fn main() {
    let _ = Project::filter(|p| p.status.icontains("act"));
}
