use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public, create = public, update = public)]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(created, updated)]
    time: chrono::DateTime<chrono::Utc>,
}

fn main() {}
