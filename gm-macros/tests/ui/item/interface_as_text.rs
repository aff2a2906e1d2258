use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = "Projects")]
struct Project {
    #[field(id)]
    id: i64,
}

fn main() {}
