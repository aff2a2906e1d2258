//! Many updates at once are one refresh. It tells a caller no more than single events would: a caller that may not read the updated
//! fields receives nothing, also if rules depend on the row.

use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use gm_tests::marker::{self, Marker};
use gm_tests::postgres::Database;
use gm_tests::websocket::{Socket, handshake};
use serde_json::Value as Json;

use super::service::{ADMIN, AGENT, Headers, Service, TIM};

/// Agents see every invoice, and others those of their tenant. Administrators alone see the margin.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "invoices")]
#[permission(read = group("agents") | tenant == caller.claim("tenant") & is_locked == false)]
#[remote_api(resource = "invoices", allow_filter, websocket_invalidation)]
struct Invoice {
    #[field(id)]
    id: i64,
    tenant: i64,
    title: String,
    #[field(read = admin)]
    margin: i64,
    #[field(read = admin)]
    is_locked: bool,
}

/// The same rows for the same callers, written through the first struct.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "invoices")]
#[permission(read = group("agents") | tenant == caller.claim("tenant") & is_locked == false)]
#[remote_api(resource = "second-invoices", allow_filter, websocket_invalidation)]
struct SecondInvoice {
    #[field(id)]
    id: i64,
    tenant: i64,
    title: String,
    #[field(read = admin)]
    margin: i64,
    #[field(read = admin)]
    is_locked: bool,
}

const ROWS: u64 = 70;

struct Subscribers {
    service: Service,
    sockets: Vec<Socket>,
}

impl Subscribers {
    /// Sockets of an administrator, an agent and a caller of a tenant, in this order, for each of the resources.
    async fn new(service: Service, resources: &[&str]) -> Self {
        let invoice = |tenant| {
            let create = InvoiceCreate {
                tenant,
                title: "a".to_owned(),
                margin: 0,
                is_locked: false,
            };
            Invoice::create(create)
        };
        let invoices = (0..ROWS).map(|number| invoice(1 + i64::from(number % 2 == 0)));
        Invoice::create_many(invoices).exec(service.gm()).await.unwrap();
        marker::published(service.gm()).await;
        let mut sockets = Vec::new();
        for resource in resources {
            for caller in [ADMIN, AGENT, TIM] {
                sockets.push(open(&service, resource, caller).await);
            }
        }
        Self { service, sockets }
    }

    /// The actions that each socket has received since the last call.
    async fn received(&mut self) -> Vec<Vec<Json>> {
        marker::published(self.service.gm()).await;
        let mut received = Vec::new();
        for socket in &mut self.sockets {
            let frames = socket.pending().await.unwrap();
            let actions = frames.iter().map(|frame| frame.json()["action"].clone());
            received.push(actions.collect());
        }
        received
    }
}

async fn open(service: &Service, resource: &str, caller: Headers) -> Socket {
    let request = caller.iter().fold(
        handshake(&format!("/gm/ws/{resource}")),
        |request, (name, value)| request.header(name, value),
    );
    let (response, socket) = Socket::open(service.address(), &request).await.unwrap();
    assert_eq!(response.status, 101);
    socket
}

async fn many_updates(mut subscribers: Subscribers) {
    let gm = subscribers.service.gm().clone();
    let storage = subscribers.service.storage;
    let refresh = [Json::from("refresh")];
    let each = |of_one: [&[Json]; 3], resources: usize| {
        let of_one = of_one.map(<[Json]>::to_vec);
        of_one
            .iter()
            .cycle()
            .take(3 * resources)
            .cloned()
            .collect::<Vec<_>>()
    };
    let resources = subscribers.sockets.len() / 3;
    // A field that no rule compares, one that the rule of the tenants compares, and one that all may read.
    for (number, expected) in [
        (0, [&refresh[..], &[], &[]]),
        (1, [&refresh, &[], &refresh]),
        (2, [&refresh, &refresh, &refresh]),
    ] {
        let expected = each(expected, resources);
        let update = |value: i64| {
            let update = Invoice::query().update_all();
            match number {
                0 => update.margin(value),
                1 => update.is_locked(value == 1),
                _ => update.title(value.to_string()),
            }
        };
        assert_eq!(update(1).exec(&gm).await.unwrap(), ROWS);
        assert_eq!(subscribers.received().await, expected, "{storage} {number}");
        let updated = gm.transaction(async |tx| update(2).exec(&tx).await);
        assert_eq!(updated.await.unwrap(), ROWS);
        assert_eq!(
            subscribers.received().await,
            expected,
            "{storage} {number}, in a transaction"
        );
        let updated = gm.transaction(async |tx| {
            for invoice in &Invoice::all(&tx).await? {
                let update = Invoice::by_id(invoice.id).update();
                let update = match number {
                    0 => update.margin(3),
                    1 => update.is_locked(true),
                    _ => update.title("3"),
                };
                update.exec(&tx).await?;
            }
            Ok::<_, Error>(())
        });
        updated.await.unwrap();
        assert_eq!(
            subscribers.received().await,
            expected,
            "{storage} {number}, one by one"
        );
    }
    subscribers.service.stop().await;
}

#[tokio::test]
async fn many_updates_of_hidden_fields_are_no_refresh_of_rows_with_rules() {
    let memory = Gm::builder().in_memory::<Marker>().in_memory::<Invoice>();
    let service = Service::start("memory", memory.expose::<Invoice>()).await;
    many_updates(Subscribers::new(service, &["invoices"]).await).await;
    let sqlite = both(Gm::builder().database("sqlite::memory:"));
    let service = Service::start("SQLite", sqlite).await;
    many_updates(Subscribers::new(service, &["invoices", "second-invoices"]).await).await;
}

#[tokio::test]
async fn many_updates_of_hidden_fields_are_no_refresh_of_rows_with_rules_in_postgres() {
    let database = Database::create().await;
    let service = Service::start("Postgres", both(Gm::builder().database(database.url()))).await;
    many_updates(Subscribers::new(service, &["invoices", "second-invoices"]).await).await;
}

fn both(builder: GmBuilder) -> GmBuilder {
    let builder = builder.manager::<Marker>();
    builder.expose::<Invoice>().expose::<SecondInvoice>()
}

/// The second struct on SQLite does not get the rows, so it is the fields that tell who receives an update.
#[tokio::test]
async fn an_update_of_hidden_fields_is_no_event_of_a_second_struct_with_rules() {
    let service = Service::start("SQLite", both(Gm::builder().database("sqlite::memory:"))).await;
    let mut subscribers = Subscribers::new(service, &["second-invoices"]).await;
    let gm = subscribers.service.gm().clone();
    let update = || Invoice::by_id(1).update();
    update().margin(7).exec(&gm).await.unwrap();
    let received = subscribers.received().await;
    assert_eq!(received, [vec![Json::from("update")], vec![], vec![]]);
    update().is_locked(true).exec(&gm).await.unwrap();
    let received = subscribers.received().await;
    assert_eq!(
        received,
        [vec![Json::from("update")], vec![], vec![Json::from("refresh")]]
    );
    update().title("b").exec(&gm).await.unwrap();
    let received = subscribers.received().await;
    assert_eq!(
        received,
        ["update", "update", "refresh"].map(|action| vec![Json::from(action)])
    );
    subscribers.service.stop().await;
}

/// Each struct has the row before and after its own write alone. Together they moved a hidden row into sight and out of it.
async fn two_structs_in_one_transaction(mut subscribers: Subscribers) {
    let storage = subscribers.service.storage;
    let gm = subscribers.service.gm().clone();
    let hidden = Invoice::filter(|invoice| invoice.tenant.eq(2))
        .first(&gm)
        .await
        .unwrap();
    let id = hidden.unwrap().id;
    for is_first_last in [false, true] {
        let moved = gm.transaction(async |tx| {
            Invoice::by_id(id).update().tenant(1).exec(&tx).await?;
            match is_first_last {
                false => {
                    SecondInvoice::by_id(id).update().tenant(2).exec(&tx).await?;
                }
                true => {
                    SecondInvoice::by_id(id).update().title("b").exec(&tx).await?;
                    Invoice::by_id(id).update().tenant(2).exec(&tx).await?;
                }
            }
            Ok::<_, Error>(())
        });
        moved.await.unwrap();
        let received = subscribers.received().await;
        // The sockets of Tim, for each resource.
        for actions in [&received[2], &received[5]] {
            assert!(
                actions.iter().all(|action| action == "refresh"),
                "{storage} {is_first_last} {received:?}"
            );
        }
    }
    subscribers.service.stop().await;
}

#[tokio::test]
async fn a_hidden_row_that_two_structs_write_in_a_transaction_is_not_named() {
    let service = Service::start("SQLite", both(Gm::builder().database("sqlite::memory:"))).await;
    two_structs_in_one_transaction(Subscribers::new(service, &["invoices", "second-invoices"]).await).await;
}

#[tokio::test]
async fn a_hidden_row_that_two_structs_write_in_a_transaction_is_not_named_in_postgres() {
    let database = Database::create().await;
    let service = Service::start("Postgres", both(Gm::builder().database(database.url()))).await;
    two_structs_in_one_transaction(Subscribers::new(service, &["invoices", "second-invoices"]).await).await;
}
