use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
}

fn expect(id: i64) {
    Ticket::by_id(id).if_version(3);
}

fn main() {}
