use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    data: serde_json::Value,
}

fn main() {
    let _ = Project::order_by(|p| p.data.asc());
}
