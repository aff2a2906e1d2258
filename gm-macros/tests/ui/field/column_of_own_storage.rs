use gm_runtime::GeneralManager;

struct Projects;

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = Projects)]
struct Project {
    #[field(id)]
    id: i64,
    #[field(column = "title")]
    name: String,
}

fn main() {}
