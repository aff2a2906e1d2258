use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
enum Project {
    Open,
    Closed,
}

fn main() {
    let _ = Project::query();
    let _ = [Project::Open, Project::Closed];
}
