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
    customer_id: Option<i32>,
}

fn main() {}
