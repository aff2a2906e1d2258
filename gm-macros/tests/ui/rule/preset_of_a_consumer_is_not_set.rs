use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "https://tickets.example.com", resource = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(preset = caller.name)]
    created_by: String,
}

fn main() {
    let ticket = Ticket::create(TicketCreate { title: "x".into() });
    let _ = ticket.created_by("ada");
}
