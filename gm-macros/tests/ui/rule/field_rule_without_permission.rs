use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(read = admin)]
    other: Option<String>,
}

fn main() {
    let _ = Ticket::filter(|t| t.title.eq("x"));
}
