use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://localhost:8000", resource = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    #[field(references = Ticket, on_delete = cascade)]
    previous_id: Option<i64>,
}

fn main() {}
