//! An owner whose rules depend on the row and on the field.

use gm_runtime::access::Principal;
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use rust_decimal::Decimal;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(
    read = group("agents") | tenant == caller.claim("tenant"),
    create = tenant == caller.claim("tenant"),
    update = group("agents") | title != "locked" & tenant == caller.claim("tenant"),
    delete = group("agents") | title != "locked" & tenant == caller.claim("tenant")
)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "tickets",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
struct Ticket {
    #[field(id)]
    id: i64,
    #[field(preset = caller.claim("tenant"))]
    tenant: i64,
    #[field(max_length = 100, unique)]
    title: String,
    #[field(read = group("agents"), write = group("agents"), max_digits = 9, decimal_places = 2)]
    price: Option<Decimal>,
}

/// A reply to a ticket, which can't be deleted before it.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "replies")]
#[permission(read = public, create = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "replies",
    allow_filter,
    allow_detail,
    allow_create,
    allow_delete
)]
struct Reply {
    #[field(id)]
    id: i64,
    #[field(references = Ticket)]
    ticket_id: i64,
}

/// A bookmark of a ticket, which is deleted with it.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "bookmarks")]
#[permission(read = public, create = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "bookmarks",
    allow_filter,
    allow_create
)]
struct Bookmark {
    #[field(id)]
    id: i64,
    #[field(references = Ticket, on_delete = cascade)]
    ticket_id: i64,
}

/// The caller of the token in the environment is a customer, and so is that of `of another tenant`.
pub(crate) fn builder(database: &str) -> GmBuilder {
    let customer = |name: &'static str, tenant: i64| Principal::named(name).with_claim("tenant", tenant);
    Gm::builder()
        .database(database)
        .accept_bearer_token(crate::consumer::token(), customer("billing", 1))
        .accept_bearer_token("of-another-tenant", customer("desk", 2))
        .accept_bearer_token("of-an-agent", Principal::named("kim").with_group("agents"))
        .expose::<Ticket>()
        .expose::<Reply>()
        .expose::<Bookmark>()
}
