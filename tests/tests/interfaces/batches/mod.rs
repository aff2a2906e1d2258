//! Batches: over the wire, from a consumer, and of a service's own code, on each storage with transactions.

mod answers;
mod atomic;
mod consumer;
mod drafts;
mod limits;
mod own_code;
mod references;

use gm_runtime::access::Principal;
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::database::TestDatabase;
use gm_tests::raw::{Request, Response};
use serde_json::{Value as Json, json};

/// A manager with its fields, and with other attributes wherever its rows are.
macro_rules! managers {
    ($customer:ident: $(#[$of_customers:meta])*; $ticket:ident: $(#[$of_tickets:meta])*;) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$of_customers])*
        struct $customer {
            #[field(id)]
            id: i64,
            #[field(max_length = 20, unique)]
            name: String,
            #[field(default, read = group("staff"))]
            rating: Option<i64>,
        }

        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$of_tickets])*
        struct $ticket {
            #[field(id)]
            id: i64,
            #[field(max_length = 30)]
            title: String,
            #[field(default)]
            customer_id: Option<i64>,
            #[field(default)]
            extra: Option<Json>,
            #[field(max_length = 20, preset = caller.name, default = "nobody")]
            owner: String,
            #[field(version)]
            version: i64,
        }
    };
}

managers! {
    Customer:
        #[database(table = "customers")]
        #[permission(read = public, create = public, update = public, delete = public)]
        #[remote_api(
            resource = "customers",
            allow_filter,
            allow_detail,
            allow_create,
            allow_update,
            allow_delete,
            websocket_invalidation
        )];
    Ticket:
        #[database(table = "tickets")]
        #[permission(
            read = owner == caller.name | group("staff"),
            create = authenticated,
            update = owner == caller.name,
            delete = group("staff")
        )]
        #[remote_api(
            resource = "tickets",
            allow_filter,
            allow_detail,
            allow_create,
            allow_update,
            allow_delete,
            websocket_invalidation
        )];
}

/// Rows whose id is a text that the caller gives, and that can't be deleted.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "countries")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "countries",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update
)]
struct Country {
    #[field(id)]
    code: String,
    #[field(max_length = 30)]
    name: String,
}

/// Rows that are not exposed.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "secrets")]
struct Secret {
    #[field(id)]
    id: i64,
    name: String,
}

const ADA: Option<&str> = Some("of-ada");
const STAFF: Option<&str> = Some("of-staff");
const ANONYMOUS: Option<&str> = None;

/// A place of rows with transactions: a database, or memory.
struct Place(Option<TestDatabase>);

impl Place {
    fn builder(&self) -> GmBuilder {
        let builder = match &self.0 {
            None => Gm::builder()
                .in_memory::<Customer>()
                .in_memory::<Ticket>()
                .in_memory::<Country>()
                .in_memory::<Secret>(),
            Some(database) => Gm::builder().database(database.url()).manager::<Secret>(),
        };
        builder
            .expose::<Customer>()
            .expose::<Ticket>()
            .expose::<Country>()
            .accept_bearer_token("of-ada", "ada")
            .accept_bearer_token("of-staff", Principal::named("sid").with_group("staff"))
    }

    /// Another, empty place of this kind.
    async fn another(&self) -> Self {
        Self(match &self.0 {
            None => None,
            Some(database) if database.kind() == "SQLite" => Some(TestDatabase::sqlite()),
            Some(_) => Some(TestDatabase::postgres().await),
        })
    }

    async fn serve(&self) -> Running {
        Running::start(self.builder()).await.unwrap()
    }
}

/// Makes a test of each of these functions on each storage with transactions.
macro_rules! on_each_place {
    ($($name:ident),* $(,)?) => {
        mod in_memory {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::super::Place(None)).await;
                }
            )*
        }

        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    let database = gm_tests::database::TestDatabase::sqlite();
                    super::$name(super::super::Place(Some(database))).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    let database = gm_tests::database::TestDatabase::postgres().await;
                    super::$name(super::super::Place(Some(database))).await;
                }
            )*
        }
    };
}
use on_each_place;

async fn send(service: &Running, caller: Option<&str>, (method, path): (&str, &str), body: &str) -> Response {
    let mut request = Request::new(method, path).header("X-Request-ID", "the-request");
    if let Some(token) = caller {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    if !body.is_empty() {
        request = request.json(body);
    }
    request.send(service.address).await.unwrap()
}

async fn send_batch(service: &Running, caller: Option<&str>, operations: &Json) -> Response {
    let body = json!({ "operations": operations }).to_string();
    send(service, caller, ("POST", "/gm/_batch"), &body).await
}

/// The status, the code and the details of a refusal.
fn refusal(response: &Response) -> (u16, String, Json) {
    let body = response.json();
    let code = body["error_code"].as_str().unwrap_or_default().to_owned();
    (response.status, code, body["details"].clone())
}

/// All rows of the service, to compare two services, or one before and after.
async fn rows(gm: &Gm) -> (Vec<Customer>, Vec<Ticket>, Vec<Country>) {
    let customers = Customer::query().order_by(|c| c.id.asc()).all(gm).await.unwrap();
    let tickets = Ticket::query().order_by(|t| t.id.asc()).all(gm).await.unwrap();
    let countries = Country::query().order_by(|c| c.code.asc()).all(gm).await.unwrap();
    (customers.to_vec(), tickets.to_vec(), countries.to_vec())
}

fn customer(name: &str) -> Json {
    json!({"resource": "customers", "operation": "create", "values": {"name": name}})
}

fn ticket(title: &str) -> Json {
    json!({"resource": "tickets", "operation": "create", "values": {"title": title}})
}
