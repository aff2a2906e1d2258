use gm_runtime::{FieldType, GeneralManager};

#[derive(Clone, Debug, FieldType)]
enum Status {
    Active,
    Paused { until: i64 },
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    status: Option<Status>,
}

fn main() {
    let _ = Project::filter(|p| p.status.is_in([Status::Active]));
}
