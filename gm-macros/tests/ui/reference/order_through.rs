use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(references = Ticket)]
    previous_id: Option<i64>,
}

fn main() {
    let _ = Ticket::order_by(|t| t.previous.title.asc());
}
