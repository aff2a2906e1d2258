use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "customers")]
struct Customer {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    #[field(references = Customer)]
    customer_id: i64,
}

fn main() {
    let _ = Ticket::filter(|t| t.customer.eq(7));
}
