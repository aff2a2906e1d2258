//! Comments on tickets.

use gm_runtime::GeneralManager;

/// A comment on a ticket.
///
/// Customers see those of their tenant that are not internal. A rule compares fields of one row, so each comment has the
/// tenant of its ticket.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "comments")]
#[permission(
    read = group("agents") | admin | tenant == caller.claim("tenant") & is_internal == false,
    create = group("agents") | admin | tenant == caller.claim("tenant"),
    update = created_by == caller.name | admin
)]
#[remote_api(
    resource = "comments",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    websocket_invalidation
)]
pub(crate) struct Comment {
    #[field(id)]
    pub(crate) id: i64,
    #[field(update = nobody, index)]
    pub(crate) ticket: i64,
    #[field(update = admin, index)]
    pub(crate) tenant: i64,
    #[field(max_length = 10_000)]
    pub(crate) text: String,
    #[field(write = group("agents") | admin, default)]
    pub(crate) is_internal: bool,
    #[field(preset = caller.name, max_length = 256)]
    pub(crate) created_by: String,
}
