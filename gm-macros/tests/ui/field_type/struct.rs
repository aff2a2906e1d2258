use gm_runtime::{FieldType, GeneralManager};

#[derive(Clone, Debug, FieldType)]
struct Status {
    name: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    status: Status,
}

fn main() {
    let _ = Project::order_by(|p| p.status.asc());
}
