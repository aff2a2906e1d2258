//! Computed fields: on each storage, over the wire, and through a gateway.

mod answers;
mod failures;
mod sight;
mod types;

use gm_runtime::access::Principal;
use gm_runtime::{GeneralManager, GmBuilder, computed};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use crate::services;
use crate::storage::Shelf;

/// A ticket with its fields and its methods, and with other attributes wherever its rows are.
macro_rules! ticket {
    ($(#[$attribute:meta])* $name:ident) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$attribute])*
        #[permission(read = public, create = public, update = public, delete = public)]
        #[remote_api(
            resource = "tickets",
            allow_filter,
            allow_detail,
            allow_create,
            allow_update,
            allow_delete,
            websocket_invalidation
        )]
        struct $name {
            #[field(id)]
            id: i64,
            title: String,
            #[field(default)]
            votes: i32,
            #[field(read = group("agents"), write = public)]
            cost: Option<i64>,
        }

        #[computed]
        impl $name {
            /// Without a rule.
            fn is_popular(&self) -> bool {
                self.votes >= 100
            }

            #[field(rename = "heading", read = public)]
            fn title_in_capitals(&self) -> String {
                self.title.to_uppercase()
            }

            #[field(read = group("agents"))]
            fn cost_of_a_vote(&self) -> Option<i64> {
                self.cost?.checked_div(self.votes.into())
            }

            /// A caller that may not read `cost` learns whether there is one.
            #[field(read = public)]
            fn has_cost(&self) -> bool {
                self.cost.is_some()
            }
        }
    };
}

ticket! {
    /// Rows of this service.
    #[database(table = "tickets")]
    Ticket
}

ticket! {
    /// The same rows in storage of the application.
    #[manager(interface = Shelf<OwnTicket>)]
    OwnTicket
}

/// A consumer, which declares the computed fields.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
struct RemoteTicket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(default)]
    votes: i32,
    cost: Option<i64>,
    #[field(computed)]
    is_popular: Option<bool>,
    #[field(computed)]
    heading: String,
    #[field(computed)]
    cost_of_a_vote: Option<i64>,
    #[field(computed)]
    has_cost: bool,
}

/// A gateway, which serves the computed fields of its owner on, with one more of its own.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "tickets",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
struct GatewayTicket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(default)]
    votes: i32,
    #[field(read = group("agents"))]
    cost: Option<i64>,
    #[field(computed)]
    is_popular: Option<bool>,
    #[field(computed)]
    heading: String,
    #[field(computed, read = group("agents"))]
    cost_of_a_vote: Option<i64>,
    #[field(computed)]
    has_cost: bool,
}

#[computed]
impl GatewayTicket {
    #[field(read = public)]
    fn shout(&self) -> String {
        format!("{}!", self.heading)
    }
}

const AGENT: &str = "agent";

fn with_tokens(builder: GmBuilder) -> GmBuilder {
    builder.accept_bearer_token(AGENT, Principal::named("grace").with_group("agents"))
}

async fn serve(builder: GmBuilder) -> Running {
    services::serve(with_tokens(builder)).await
}

/// A service whose managers use this one as their owner, as an agent.
fn behind(owner: &Running) -> GmBuilder {
    services::behind(owner).bearer_token(AGENT)
}

/// A request of an agent, or without a caller.
async fn send(service: &Running, token: Option<&str>, method: &str, path: &str, body: &Json) -> (u16, Json) {
    let mut request = Request::new(method, path);
    if !body.is_null() {
        request = request.json(&body.to_string());
    }
    if let Some(token) = token {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    let response = request.send(service.address).await.unwrap();
    (response.status, response.json())
}

/// The ticket with these votes and this cost, as an agent sees it.
fn ticket(id: i64, votes: i32, cost: Option<i64>) -> Json {
    json!({
        "id": id,
        "title": "Printer",
        "votes": votes,
        "cost": cost,
        "is_popular": votes >= 100,
        "heading": "PRINTER",
        "cost_of_a_vote": cost.and_then(|cost| cost.checked_div(votes.into())),
        "has_cost": cost.is_some(),
    })
}
