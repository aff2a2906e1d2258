//! Versions of rows, and the times that the owner keeps: on each storage, over the wire, and through a gateway.

mod editors;
mod if_match;
mod kept;
mod stored;

use chrono::{DateTime, Utc};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;

use crate::services::{behind, serve};
use crate::storage::Shelf;

/// A ticket with its fields, and with other attributes wherever its rows are.
macro_rules! ticket {
    ($(#[$attribute:meta])* $name:ident $(, $updated:ident)?) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$attribute])*
        struct $name {
            #[field(id)]
            id: i64,
            title: String,
            #[field(default)]
            votes: i64,
            #[field(version)]
            version: i64,
            #[field(created)]
            created: DateTime<Utc>,
            #[field(updated $(, $updated)?)]
            updated: DateTime<Utc>,
        }
    };
}

ticket! {
    /// Rows of this service.
    #[database(table = "tickets")]
    #[permission(read = public, create = public, update = public, delete = public)]
    #[remote_api(
        resource = "tickets",
        allow_filter,
        allow_detail,
        allow_create,
        allow_update,
        allow_delete
    )]
    Ticket, index
}

ticket! {
    /// A consumer of them.
    #[remote_manager(base_url = "http://owner.test", resource = "tickets")]
    RemoteTicket
}

ticket! {
    /// The same rows in storage of the application.
    #[manager(interface = Shelf<OwnTicket>)]
    #[permission(read = public, create = public, update = public, delete = public)]
    #[remote_api(
        resource = "tickets",
        allow_filter,
        allow_detail,
        allow_create,
        allow_update,
        allow_delete
    )]
    OwnTicket
}

ticket! {
    /// A gateway to the owner, with a rule of its own about rows. Its consumers are `RemoteTicket`s.
    #[remote_manager(base_url = "http://owner.test", resource = "tickets")]
    #[permission(read = votes < 1_000, create = public, update = public, delete = public)]
    #[remote_api(
        resource = "tickets",
        allow_filter,
        allow_detail,
        allow_create,
        allow_update,
        allow_delete
    )]
    GatewayTicket
}

fn new(title: &str) -> TicketCreate {
    TicketCreate { title: title.into() }
}

/// An owner with its rows in memory of SQLite.
async fn owner() -> Running {
    serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await
}
