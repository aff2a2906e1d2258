use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    #[field(references = Ticket, on_delete = "cascade")]
    previous_id: Option<i64>,
}

fn main() {}
