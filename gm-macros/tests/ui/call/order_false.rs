use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(order = false)]
    other: Option<String>,
}

fn main() {
    let _ = Project::order_by(|p| p.other.desc());
}
