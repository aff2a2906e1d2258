#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
pub struct Ticket {
    #[field(id)]
    pub id: i64,
    pub title: String,
    #[field(references = Customer)]
    pub customer_id: i64,
    /// The ticket that this one continues.
    #[field(references = Ticket, on_delete = set_null, rename = "previous_id")]
    pub previous_ticket_id: Option<i64>,
}
