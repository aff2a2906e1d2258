use gm_runtime::GeneralManager;

struct Rows;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[manager(interface = Rows)]
struct Project {
    #[field(id)]
    id: i64,
}

fn main() {}
