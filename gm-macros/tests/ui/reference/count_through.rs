use gm_runtime::{GeneralManager, Gm};

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

async fn call(gm: &Gm) -> Result<(), gm_runtime::Error> {
    let _ = Ticket::query().count_by(|t| t.customer.name, gm).await?;
    Ok(())
}

fn main() {
    let _ = call;
}
