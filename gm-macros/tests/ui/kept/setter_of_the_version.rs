use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(version)]
    version: i64,
}

fn set(ticket: &Ticket) {
    ticket.update().version(7);
}

fn main() {}
