use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    #[field(references = Ticket, on_delete = set_null)]
    previous_id: i64,
}

fn main() {}
