//! The manager of the tests: tickets of tenants, with rules for rows and fields, and presets.

use gm_runtime::{GeneralManager, Gm};

use super::shelf::Shelf;

/// Creates the tickets of every test: 1 and 3 are of tenant 1, 2 and 4 of tenant 2. Tim is assigned 1 and, out of his sight,
/// 4.
macro_rules! seed {
    ($name:ident, $create:ident) => {
        impl $name {
            pub(crate) async fn seed(gm: &Gm) {
                for (tenant, title, assignee, price, code, badge) in [
                    (1, "printer", Some("tim"), Some(100), "A", "b1"),
                    (2, "secret plan", Some("bob"), Some(200), "B", "b2"),
                    (1, "screen", None, Some(300), "C", "b3"),
                    (2, "raise", Some("tim"), None, "D", "b4"),
                ] {
                    let ticket = $name::create($create {
                        tenant,
                        title: title.to_owned(),
                    });
                    let ticket = ticket.assignee(assignee.map(str::to_owned)).price(price);
                    let ticket = ticket.code(code.to_owned()).badge(badge.to_owned());
                    ticket.created_by("seed").exec(gm).await.unwrap();
                }
            }
        }
    };
}

/// The fields of a ticket, with other attributes for each storage.
macro_rules! ticket {
    ($(#[$attribute:meta])* $name:ident, [$($code:tt)*], [$($badge:tt)*]) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$attribute])*
        #[permission(
            read = group("agents") | tenant == caller.claim("tenant"),
            create = authenticated & tenant == caller.claim("tenant"),
            update = assignee == caller.name | admin,
            delete = assignee == caller.name,
        )]
        #[remote_api(
            resource = "tickets",
            allow_filter,
            allow_detail,
            allow_create,
            allow_update,
            allow_delete,
            allow_regex,
            allow_counts,
            websocket_invalidation
        )]
        pub(crate) struct $name {
            #[field(id)]
            pub(crate) id: i64,
            pub(crate) tenant: i64,
            #[field(max_length = 20)]
            pub(crate) title: String,
            pub(crate) assignee: Option<String>,
            #[field(read = admin, write = admin)]
            pub(crate) price: Option<i64>,
            #[field($($code)*)]
            pub(crate) code: Option<String>,
            #[field($($badge)*)]
            pub(crate) badge: Option<String>,
            #[field(preset = caller.name)]
            pub(crate) created_by: String,
            #[field(preset_on_update = caller.name)]
            pub(crate) changed_by: Option<String>,
        }
    };
}

ticket!(
    #[database(table = "tickets")]
    Ticket,
    [unique],
    [unique, read = admin]
);
ticket!(
    #[manager(interface = Shelf<ShelfTicket>)]
    ShelfTicket,
    [blank],
    [read = admin]
);
ticket!(
    #[remote_manager(
        base_url = "http://owner.test",
        base_path = "/owner",
        resource = "tickets",
        websocket_invalidation
    )]
    GatewayTicket,
    [blank],
    [read = admin]
);

/// The tickets of the owner behind the gateway. The gateway alone judges its callers.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "owned_tickets")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/owner",
    resource = "tickets",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    allow_counts,
    websocket_invalidation
)]
pub(crate) struct OwnedTicket {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) tenant: i64,
    #[field(max_length = 20)]
    pub(crate) title: String,
    pub(crate) assignee: Option<String>,
    pub(crate) price: Option<i64>,
    #[field(unique)]
    pub(crate) code: Option<String>,
    #[field(unique)]
    pub(crate) badge: Option<String>,
    #[field(default = "nobody")]
    pub(crate) created_by: String,
    pub(crate) changed_by: Option<String>,
}

seed!(Ticket, TicketCreate);
seed!(ShelfTicket, ShelfTicketCreate);
seed!(OwnedTicket, OwnedTicketCreate);
