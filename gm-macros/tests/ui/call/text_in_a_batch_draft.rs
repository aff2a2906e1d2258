use gm_runtime::GeneralManager;
use gm_runtime::verbs::BatchDraft;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    priority: i32,
}

fn main() {
    let _ = BatchDraft::<Project>::create().set(|p| p.priority, "high");
}
