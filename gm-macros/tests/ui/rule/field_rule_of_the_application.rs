use gm_runtime::GeneralManager;
use gm_runtime::access::Principal;
use gm_runtime::query::Condition;

fn visible(_: &Principal) -> Condition<Ticket> {
    Condition::always()
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public, create = authenticated, update = authenticated)]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(read = self::visible)]
    other: Option<String>,
}

fn main() {
    let _ = Ticket::filter(|t| t.title.eq("x"));
}
