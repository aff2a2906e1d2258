use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = ticket.tenant == caller.claim("tenant"))]
struct Ticket {
    #[field(id)]
    id: i64,
    tenant: i64,
    title: String,
    assignee: Option<String>,
    is_open: bool,
}

fn main() {
    let _ = Ticket::filter(|t| t.title.eq("x"));
}
