//! The numbers of rows by the values of a field: on each storage, over the wire, and through a gateway.

mod sight;
mod storages;
mod wire;

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::access::Principal;
use gm_runtime::{FieldType, GeneralManager, GmBuilder};
use gm_tests::conformance::Running;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::services;
use crate::storage::Shelf;

#[derive(Clone, Debug, Default, PartialEq, FieldType)]
enum Status {
    #[default]
    Open,
    Closed,
}

/// A ticket with its fields, and with other attributes wherever its rows are.
macro_rules! ticket {
    ($(#[$attribute:meta])* $name:ident) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$attribute])*
        struct $name {
            #[field(id)]
            id: i64,
            team: String,
            #[field(default)]
            status: Status,
            assignee: Option<String>,
            #[field(default)]
            urgent: bool,
            #[field(default)]
            votes: i32,
            #[field(default, max_digits = 10, decimal_places = 2)]
            price: Decimal,
            #[field(default)]
            weight: f64,
            due: Option<NaiveDate>,
            seen: Option<DateTime<Utc>>,
            customer: Option<Uuid>,
            #[field(read = group("agents"), write = public)]
            cost: Option<i64>,
            #[field(filter = false, default)]
            hash: i64,
            details: Option<serde_json::Value>,
        }
    };
}

ticket! {
    /// Rows of this service.
    #[database(table = "tickets")]
    #[permission(read = team == caller.name | group("agents"), create = public, update = public)]
    #[remote_api(resource = "tickets", allow_filter, allow_create, allow_update, allow_regex, allow_counts, websocket_invalidation)]
    Ticket
}

ticket! {
    /// The same rows in storage of the application.
    #[manager(interface = Shelf<OwnTicket>)]
    #[permission(read = team == caller.name | group("agents"), create = public, update = public)]
    #[remote_api(resource = "tickets", allow_filter, allow_create, allow_update, allow_counts, websocket_invalidation)]
    OwnTicket
}

ticket! {
    /// A consumer of them.
    #[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
    RemoteTicket
}

ticket! {
    /// A gateway to the owner, with rules of its own.
    #[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
    #[permission(read = team == caller.name | group("agents"), create = public, update = public)]
    #[remote_api(resource = "tickets", allow_filter, allow_create, allow_update, allow_counts, websocket_invalidation)]
    GatewayTicket
}

const AGENT: &str = "agent";
const BLUE: &str = "blue";

async fn serve(builder: GmBuilder) -> Running {
    let builder = builder
        .accept_bearer_token(AGENT, Principal::named("grace").with_group("agents"))
        .accept_bearer_token(BLUE, Principal::named("blue"));
    services::serve(builder).await
}

/// A service whose managers use this one as their owner, with the credential of this caller.
fn behind(owner: &Running, token: &str) -> GmBuilder {
    services::behind(owner).bearer_token(token)
}

/// Creates the rows of the tests: 2 open ones and a closed one of the blue team, and 3 open ones of the red team.
macro_rules! create_rows {
    ($manager:ident, $create:ident, $gm:expr) => {{
        let day = chrono::NaiveDate::from_ymd_opt(2024, 2, 29);
        for (team, status, assignee, due) in [
            ("blue", Status::Open, Some("ada"), day),
            ("blue", Status::Open, None, day),
            ("blue", Status::Closed, Some("Ada"), None),
            ("red", Status::Open, Some("ada"), None),
            ("red", Status::Open, Some("bob"), day),
            ("red", Status::Open, Some("\u{e4}"), day),
        ] {
            let row = $manager::create($create {
                team: team.to_owned(),
            })
            .status(status)
            .assignee(assignee.map(str::to_owned))
            .due(due)
            .price(rust_decimal::Decimal::new(150, 2))
            .cost(i64::from(team == "red"))
            .exec($gm);
            row.await.unwrap();
        }
    }};
}

pub(crate) use create_rows;

/// The groups of [`create_rows`] by `assignee`.
fn by_assignee() -> Vec<(Option<String>, u64)> {
    let names = [Some("ada"), Some("Ada"), Some("bob"), Some("\u{e4}"), None];
    let rows = [2, 1, 1, 1, 1];
    names
        .into_iter()
        .map(|name| name.map(str::to_owned))
        .zip(rows)
        .collect()
}

fn counts(reply: &Json) -> Json {
    assert_eq!(reply["items"], json!([]), "{reply}");
    reply["metadata"]["counts"].clone()
}
