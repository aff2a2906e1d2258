use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public, create = public, update = public)]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    overwrite: bool,
    #[field(version)]
    version: i64,
}

fn main() {}
