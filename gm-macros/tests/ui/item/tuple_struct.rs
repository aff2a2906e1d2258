use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project(i64, String);

fn main() {
    let _ = Project::query();
}
