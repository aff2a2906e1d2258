//! A help desk with rules of each kind, and its callers.

use gm_runtime::access::Principal;
use gm_runtime::schema::{ResourceSchema, Schema};
use gm_runtime::server::{Authenticator, Presented, Rejected};
use gm_runtime::{FieldType, GeneralManager, Gm, GmBuilder, computed};
use gm_tests::conformance::Running;
use gm_tests::raw::{Request, Response};
use serde_json::Value as Json;

#[derive(Clone, Debug, PartialEq, FieldType)]
pub(crate) enum State {
    Open,
    Closed,
}

/// Only a part of the callers may read customers, so a reference to them is seen by those alone.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "customers")]
#[permission(read = group("sales") | admin)]
#[remote_api(resource = "customers", allow_filter, allow_detail)]
pub(crate) struct Customer {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) name: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(
    read = group("agents") | tenant == caller.claim("tenant"),
    create = authenticated & tenant == caller.claim("tenant"),
    update = assignee == caller.name | admin,
    delete = !(group("agents") | tenant != caller.claim("tenant")),
)]
#[remote_api(
    resource = "tickets",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    allow_regex,
    websocket_invalidation
)]
pub(crate) struct Ticket {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) tenant: i64,
    #[field(max_length = 20, regex = "[a-z ]+")]
    pub(crate) title: String,
    pub(crate) assignee: Option<String>,
    #[field(default = State::Open)]
    pub(crate) state: State,
    #[field(read = admin, write = admin, min = 0)]
    pub(crate) price: Option<i32>,
    #[field(read = group("agents"), write = public, order = false)]
    pub(crate) note: Option<String>,
    #[field(references = Customer)]
    pub(crate) customer_id: Option<i64>,
    #[field(preset = caller.name)]
    pub(crate) created_by: String,
    #[field(read_only, default)]
    pub(crate) votes: i64,
    #[field(filter = false)]
    pub(crate) due: Option<chrono::NaiveDate>,
    #[field(version)]
    pub(crate) version: i64,
}

#[computed]
impl Ticket {
    /// Only for callers that may read every stored field.
    fn is_open(&self) -> bool {
        self.state == State::Open
    }

    #[field(read = public)]
    fn label(&self) -> String {
        format!("#{}", self.id)
    }
}

/// Every caller may write one, and no caller may read it.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "letters")]
#[permission(read = nobody, create = public)]
#[remote_api(
    resource = "letters",
    allow_filter,
    allow_detail,
    allow_create,
    websocket_invalidation
)]
pub(crate) struct Letter {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) text: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "entries")]
#[permission(read = permission("audit"))]
#[remote_api(resource = "entries", allow_filter, allow_detail)]
pub(crate) struct Entry {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) text: String,
}

/// Of another base path, and of another protocol version.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "news")]
#[permission(read = public)]
#[remote_api(
    base_path = "/other",
    resource = "news",
    protocol_version = "v2",
    allow_filter
)]
pub(crate) struct News {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
}

/// The headers that name a caller.
pub(crate) type Headers = &'static [(&'static str, &'static str)];

/// The ten callers.
pub(crate) const CALLERS: [(&str, Headers); 10] = [
    ("anonymous", &[]),
    ("without a tenant", &[("x-user", "stranger")]),
    (
        "with a tenant of the wrong type",
        &[("x-user", "mallory"), ("x-tenant", "\"1\"")],
    ),
    ("of tenant 1", &[("x-user", "tim"), ("x-tenant", "1")]),
    ("of tenant 2", &[("x-user", "bob"), ("x-tenant", "2")]),
    (
        "sales of tenant 9",
        &[("x-user", "nina"), ("x-tenant", "9"), ("x-group", "sales")],
    ),
    ("an agent", &[("x-user", "ada"), ("x-group", "agents")]),
    (
        "an administrator",
        &[
            ("x-user", "root"),
            ("x-group", "agents"),
            ("x-admin", "yes"),
            ("x-tenant", "1"),
        ],
    ),
    ("an auditor", &[("x-user", "otto"), ("x-permission", "audit")]),
    ("sales", &[("x-user", "sue"), ("x-group", "sales")]),
];

/// The headers of the caller of this description.
pub(crate) fn caller(description: &str) -> Headers {
    let mut callers = CALLERS.into_iter();
    callers.find(|(known, _)| *known == description).unwrap().1
}

/// Accepts what the headers say.
struct HeaderCaller;

impl Authenticator for HeaderCaller {
    async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        let Some(user) = presented.header("x-user") else {
            return Ok(None);
        };
        if user == "wrong" {
            return Err(Rejected::new("it is wrong"));
        }
        let mut principal = Principal::named(user);
        if let Some(group) = presented.header("x-group") {
            principal = principal.with_group(group);
        }
        if let Some(permission) = presented.header("x-permission") {
            principal = principal.with_permission(permission);
        }
        if let Some(tenant) = presented.header("x-tenant") {
            let tenant: Json = serde_json::from_str(tenant).unwrap();
            principal = principal.with_claim("tenant", tenant);
        }
        Ok(Some(match presented.header("x-admin") {
            Some(_) => principal.as_admin(),
            None => principal,
        }))
    }
}

/// The running help desk.
pub(crate) struct Desk {
    pub(crate) running: Running,
}

impl Desk {
    pub(crate) async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Self {
        let builder = Gm::builder()
            .in_memory::<Customer>()
            .in_memory::<Ticket>()
            .in_memory::<Letter>()
            .in_memory::<Entry>()
            .in_memory::<News>()
            .expose::<Ticket>()
            .expose::<Customer>()
            .expose::<Letter>()
            .expose::<Entry>()
            .expose::<News>()
            .authenticator(HeaderCaller);
        let running = Running::start(configure(builder)).await.unwrap();
        let customer = Customer::create(CustomerCreate { name: "acme".into() });
        customer.exec(&running.gm).await.unwrap();
        Self { running }
    }

    pub(crate) fn gm(&self) -> &Gm {
        &self.running.gm
    }

    pub(crate) async fn send(
        &self,
        caller: &[(&str, &str)],
        method: &str,
        path: &str,
        body: &Json,
    ) -> Response {
        let mut request = Request::new(method, path);
        if !body.is_null() {
            request = request.json(&body.to_string());
        }
        for (name, value) in caller {
            request = request.header(name, value);
        }
        request.send(self.running.address).await.unwrap()
    }

    pub(crate) async fn get(&self, caller: &[(&str, &str)], path: &str) -> Response {
        self.send(caller, "GET", path, &Json::Null).await
    }

    /// The schema that this caller gets.
    pub(crate) async fn schema(&self, caller: Headers) -> Schema {
        let response = self.get(caller, "/gm/_schema").await;
        assert_eq!(response.status, 200, "{caller:?}");
        Schema::from_json(&response.body).unwrap()
    }

    /// What this caller may see of the tickets.
    pub(crate) async fn tickets(&self, caller: Headers) -> Option<ResourceSchema> {
        let resources = self.schema(caller).await.resources.into_iter();
        resources
            .into_iter()
            .find(|resource| resource.resource == "tickets")
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}
