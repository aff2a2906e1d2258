//! Versions of rows, and the times that the owner keeps: on each storage, over the wire, and through a gateway.

mod editors;
mod if_match;
mod kept;
mod stored;

use chrono::{DateTime, Utc};
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;

use crate::storage::Shelf;

/// Rows of this service.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
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
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(default)]
    votes: i64,
    #[field(version)]
    version: i64,
    #[field(created)]
    created: DateTime<Utc>,
    #[field(updated, index)]
    updated: DateTime<Utc>,
}

/// A consumer of them.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets")]
struct RemoteTicket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(default)]
    votes: i64,
    #[field(version)]
    version: i64,
    #[field(created)]
    created: DateTime<Utc>,
    #[field(updated)]
    updated: DateTime<Utc>,
}

/// The same rows in storage of the application.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
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
struct OwnTicket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(default)]
    votes: i64,
    #[field(version)]
    version: i64,
    #[field(created)]
    created: DateTime<Utc>,
    #[field(updated)]
    updated: DateTime<Utc>,
}

/// A gateway to the owner, with a rule of its own about rows. Its consumers are `RemoteTicket`s.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
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
struct GatewayTicket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(default)]
    votes: i64,
    #[field(version)]
    version: i64,
    #[field(created)]
    created: DateTime<Utc>,
    #[field(updated)]
    updated: DateTime<Utc>,
}

fn new(title: &str) -> TicketCreate {
    TicketCreate { title: title.into() }
}

async fn serve(builder: GmBuilder) -> Running {
    Running::start(builder).await.unwrap()
}

/// An owner with its rows in memory of SQLite.
async fn owner() -> Running {
    serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await
}

/// A service whose managers use this one as their owner.
fn behind(owner: &Running) -> GmBuilder {
    Gm::builder().base_url("http://owner.test", format!("http://{}", owner.address))
}
