use gm_runtime::GeneralManager;

#[derive(Clone, Debug)]
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
    let _ = Project::filter(|p| p.id.gt(1));
}
