use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public)]
struct Ticket {
    #[field(id, read = admin)]
    id: i64,
    title: String,
}

fn main() {
    let _ = Ticket::filter(|t| t.title.eq("x"));
}
