use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(create = authenticated)]
struct Ticket {
    #[field(id, preset = caller.name)]
    id: String,
    title: String,
}

fn main() {
    let _ = Ticket::filter(|t| t.title.eq("x"));
}
