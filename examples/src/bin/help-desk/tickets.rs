//! Tickets.

use gm_runtime::{FieldType, GeneralManager};
use rust_decimal::Decimal;

/// A question of a customer.
///
/// Customers see those of their tenant, and open new ones. Agents see all, and work on them. Only the assignee or an
/// administrator changes the status: an agent takes a ticket in one update, and closes it in another one.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(
    read = group("agents") | admin | tenant == caller.claim("tenant"),
    create = tenant == caller.claim("tenant"),
    update(
        before = admin | group("agents") & (!changed(status) | assignee == caller.name),
        after = group("agents") | admin,
    )
)]
#[remote_api(
    resource = "tickets",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    websocket_invalidation
)]
pub(crate) struct Ticket {
    #[field(id)]
    pub(crate) id: i64,
    #[field(preset = caller.claim("tenant"), index)]
    pub(crate) tenant: i64,
    #[field(max_length = 200)]
    pub(crate) title: String,
    /// The e-mail that the ticket was made of. No e-mail makes two tickets.
    #[field(max_length = 200, unique, update = nobody)]
    pub(crate) message_id: Option<String>,
    #[field(create = nobody, default)]
    pub(crate) status: Status,
    #[field(create = nobody, max_length = 200)]
    pub(crate) assignee: Option<String>,
    #[field(read = admin, write = admin, max_digits = 10, decimal_places = 2)]
    pub(crate) price: Option<Decimal>,
    #[field(preset = caller.name, max_length = 256)]
    pub(crate) created_by: String,
}

/// The state of a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FieldType)]
pub(crate) enum Status {
    /// It waits for an answer.
    #[default]
    Open,
    /// It is answered.
    Closed,
}

/// The tenant of a ticket, which administrators correct. No caller can send the field `tenant` of a [`Ticket`].
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = admin, update = admin)]
#[remote_api(resource = "ticket-tenants", allow_detail, allow_update)]
pub(crate) struct TicketTenant {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) tenant: i64,
}
