use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public, create = authenticated, update = authenticated)]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(preset = caller.name, read_only)]
    other: Option<String>,
}

fn main() {
    let _ = Ticket::filter(|t| t.title.eq("x"));
}
