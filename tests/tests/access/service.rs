//! Services with the tickets in each storage, and requests to them.

use std::net::SocketAddr;

use gm_runtime::access::Principal;
use gm_runtime::server::{Authenticator, Presented, Rejected};
use gm_runtime::{Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::postgres::Database;
use gm_tests::raw::Request;
use serde_json::Value as Json;

use super::ticket::{GatewayTicket, OwnedTicket, ShelfTicket, Ticket};

/// The headers that name a caller.
pub(crate) type Headers = &'static [(&'static str, &'static str)];

/// No credentials.
pub(crate) const ANONYMOUS: Headers = &[];
/// A user without a tenant, who may read no ticket.
pub(crate) const STRANGER: Headers = &[("x-user", "stranger")];
/// A user whose claim has the wrong type.
pub(crate) const TEXT_TENANT: Headers = &[("x-user", "mallory"), ("x-tenant", "\"1\"")];
/// A user of tenant 1.
pub(crate) const TIM: Headers = &[("x-user", "tim"), ("x-tenant", "1")];
/// A user of tenant 2.
pub(crate) const BOB: Headers = &[("x-user", "bob"), ("x-tenant", "2")];
/// A user of a tenant without tickets.
pub(crate) const NINA: Headers = &[("x-user", "nina"), ("x-tenant", "9")];
/// A user who may read every ticket.
pub(crate) const AGENT: Headers = &[("x-user", "ada"), ("x-group", "agents")];
/// An administrator who may read every ticket and every field, and write for tenant 1.
pub(crate) const ADMIN: Headers = &[
    ("x-user", "root"),
    ("x-group", "agents"),
    ("x-admin", "yes"),
    ("x-tenant", "1"),
];

/// The principal that these headers name.
pub(crate) fn principal(headers: &[(&str, &str)]) -> Principal {
    let header = |wanted: &str| {
        let header = headers.iter().find(|(name, _)| *name == wanted);
        header.map(|(_, value)| *value)
    };
    let Some(user) = header("x-user") else {
        return Principal::anonymous();
    };
    let mut principal = Principal::named(user);
    if let Some(group) = header("x-group") {
        principal = principal.with_group(group);
    }
    if let Some(tenant) = header("x-tenant") {
        let tenant: Json = serde_json::from_str(tenant).unwrap();
        principal = principal.with_claim("tenant", tenant);
    }
    match header("x-admin") {
        Some(_) => principal.as_admin(),
        None => principal,
    }
}

/// Accepts what the headers say.
struct HeaderCaller;

impl Authenticator for HeaderCaller {
    async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        let names = ["x-user", "x-group", "x-tenant", "x-admin"];
        let headers: Vec<_> = names
            .into_iter()
            .filter_map(|name| Some((name, presented.header(name)?)))
            .collect();
        let principal = principal(&headers);
        Ok(principal.is_authenticated().then_some(principal))
    }
}

/// A running service with the tickets in some storage.
pub(crate) struct Service {
    pub(crate) storage: &'static str,
    running: Running,
    /// The owner behind a gateway.
    owner: Option<Running>,
    /// Dropped after the service.
    _database: Option<Database>,
}

/// Makes tests of each function, which have the services as the parameter: one on Postgres, and one on every other storage.
macro_rules! on_each_storage {
    ($($name:ident),* $(,)?) => {
        mod on_each_storage {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::service::Service::each().await).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(vec![crate::service::Service::postgres().await]).await;
                }
            )*
        }
    };
}

pub(crate) use on_each_storage;

impl Service {
    pub(crate) async fn memory() -> Self {
        Self::memory_with(|builder| builder).await
    }

    pub(crate) async fn memory_with(configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Self {
        let builder = Gm::builder().in_memory::<Ticket>().expose::<Ticket>();
        let service = Self::start("memory", configure(builder)).await;
        Ticket::seed(&service.running.gm).await;
        service
    }

    pub(crate) async fn sqlite_with(configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Self {
        let builder = Gm::builder().database("sqlite::memory:").expose::<Ticket>();
        let service = Self::start("SQLite", configure(builder)).await;
        Ticket::seed(&service.running.gm).await;
        service
    }

    pub(crate) async fn postgres() -> Self {
        Self::postgres_with(|builder| builder).await
    }

    pub(crate) async fn postgres_with(configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Self {
        let database = Database::create().await;
        let builder = Gm::builder().database(database.url()).expose::<Ticket>();
        let service = Self::start("Postgres", configure(builder)).await;
        Ticket::seed(&service.running.gm).await;
        Self {
            _database: Some(database),
            ..service
        }
    }

    pub(crate) async fn shelf_with(configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Self {
        let builder = Gm::builder().expose::<ShelfTicket>();
        let service = Self::start("own storage", configure(builder)).await;
        ShelfTicket::seed(&service.running.gm).await;
        service
    }

    pub(crate) async fn gateway() -> Self {
        let owner = Gm::builder().in_memory::<OwnedTicket>().expose::<OwnedTicket>();
        let owner = Running::start(owner).await.unwrap();
        OwnedTicket::seed(&owner.gm).await;
        let builder = Gm::builder()
            .base_url("http://owner.test", format!("http://{}", owner.address))
            .expose::<GatewayTicket>();
        Self {
            owner: Some(owner),
            ..Self::start("gateway", builder).await
        }
    }

    /// A service for each storage but Postgres, which needs a server.
    pub(crate) async fn each() -> Vec<Self> {
        vec![
            Self::memory().await,
            Self::sqlite_with(|builder| builder).await,
            Self::shelf_with(|builder| builder).await,
            Self::gateway().await,
        ]
    }

    pub(crate) async fn start(storage: &'static str, builder: GmBuilder) -> Self {
        let running = Running::start(builder.authenticator(HeaderCaller));
        Self {
            storage,
            running: running.await.unwrap(),
            owner: None,
            _database: None,
        }
    }

    pub(crate) fn gm(&self) -> &Gm {
        &self.running.gm
    }

    /// The handle of the owner behind the gateway.
    pub(crate) fn owner(&self) -> &Gm {
        &self.owner.as_ref().unwrap().gm
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
        if let Some(owner) = self.owner {
            owner.stop().await.unwrap();
        }
    }

    /// The status and the body of the response to a request of this caller. The request id is removed from the body.
    pub(crate) async fn send(&self, caller: Headers, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let mut request = Request::new(method, path);
        if !body.is_null() {
            request = request.json(&body.to_string());
        }
        for (name, value) in caller {
            request = request.header(name, value);
        }
        let response = request.send(self.running.address).await.unwrap();
        let mut body = response.json();
        if let Some(metadata) = body["metadata"].as_object_mut() {
            metadata.remove("request_id");
        }
        (response.status, body)
    }

    pub(crate) async fn query(&self, caller: Headers, body: Json) -> (u16, Json) {
        self.send(caller, "POST", "/gm/tickets/query", &body).await
    }

    pub(crate) async fn detail(&self, caller: Headers, id: i64) -> (u16, Json) {
        let path = format!("/gm/tickets/{id}");
        self.send(caller, "GET", &path, &Json::Null).await
    }

    pub(crate) async fn create(&self, caller: Headers, body: Json) -> (u16, Json) {
        self.send(caller, "POST", "/gm/tickets", &body).await
    }

    pub(crate) async fn update(&self, caller: Headers, id: i64, body: Json) -> (u16, Json) {
        let path = format!("/gm/tickets/{id}");
        self.send(caller, "PATCH", &path, &body).await
    }

    pub(crate) async fn delete(&self, caller: Headers, id: i64) -> (u16, Json) {
        let path = format!("/gm/tickets/{id}");
        self.send(caller, "DELETE", &path, &Json::Null).await
    }
}

/// The ids of the items of a response, in order.
pub(crate) fn ids(body: &Json) -> Vec<i64> {
    let items = body["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

/// The ids and the total of a query's response.
pub(crate) fn listed((status, body): &(u16, Json)) -> (Vec<i64>, Option<u64>) {
    assert_eq!(*status, 200, "{body}");
    (ids(body), body["total_count"].as_u64())
}

/// The status and the error code of a refusal.
pub(crate) fn refusal((status, body): &(u16, Json)) -> (u16, &str) {
    (*status, body["error_code"].as_str().unwrap_or_default())
}
