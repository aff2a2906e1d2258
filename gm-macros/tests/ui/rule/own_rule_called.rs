use gm_runtime::GeneralManager;
use gm_runtime::access::Principal;
use gm_runtime::query::Condition;

fn visible(_: &Principal) -> Condition<Ticket> {
    Condition::always()
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = self::visible(caller))]
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
