use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    children: Vec<Self>,
}

fn main() {
    let _ = Project::filter(|p| p.id.eq(1));
}
