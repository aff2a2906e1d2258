use gm_runtime::GeneralManager;

struct Projects;

#[derive(Clone, Debug, GeneralManager)]
#[manager(interfce = Projects)]
struct Project {
    #[field(id)]
    id: i64,
}

fn main() {}
