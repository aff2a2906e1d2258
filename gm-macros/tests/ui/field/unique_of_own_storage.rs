use gm_runtime::GeneralManager;

struct Projects;

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = Projects)]
struct Project {
    #[field(id)]
    id: i64,
    #[field(unique)]
    name: String,
}

fn main() {}
