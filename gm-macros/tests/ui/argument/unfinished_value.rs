use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    #[field(default = 1 + )]
    count: i32,
}

fn main() {
    let _ = Project::filter(|p| p.id.eq(1));
}
