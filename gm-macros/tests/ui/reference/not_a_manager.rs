use gm_runtime::GeneralManager;

struct Customer;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    #[field(references = Customer)]
    customer_id: i64,
}

fn main() {}
