use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tasks")]
struct Task {
    #[field(id)]
    id: i64,
}

fn main() {
    let _ = Project::filter(|_| <Task as gm_runtime::Manager>::FIELDS.id.eq(1));
}
