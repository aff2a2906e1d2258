//! Batches of a consumer: what is sent, what comes back, and the truth of its cache.

use gm_runtime::client::SubscriptionState;
use gm_runtime::error::{Extension, TransactionError};
use gm_runtime::verbs::BatchDraft;
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use serde_json::{Value as Json, json};

use super::{Place, STAFF, Ticket, TicketCreate, on_each_place, rows};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    resource = "customers",
    websocket_invalidation
)]
struct RemoteCustomer {
    #[field(id)]
    id: i64,
    name: String,
    #[field(default)]
    rating: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
struct RemoteTicket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(default)]
    customer_id: Option<i64>,
    #[field(default)]
    extra: Option<Json>,
    #[field(version)]
    version: i64,
}

/// Another base path of the same service.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", base_path = "/other", resource = "tickets")]
struct OtherPath {
    #[field(id)]
    id: i64,
    title: String,
}

/// The owner's rows, served again by a gateway.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "customers")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "customers",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
struct GatewayCustomer {
    #[field(id)]
    id: i64,
    name: String,
}

on_each_place! {
    a_batch_comes_back_with_its_rows,
    a_refusal_names_its_operation,
    the_cache_has_no_row_from_before_a_batch,
    a_gateway_announces_no_batches,
}

async fn consumer(owner: &Running) -> Gm {
    Gm::builder()
        .base_url("http://owner.test", format!("http://{}", owner.address))
        .bearer_token(STAFF.unwrap())
        .build()
        .await
        .unwrap()
}

fn customer(name: &str) -> RemoteCustomerCreate {
    RemoteCustomerCreate { name: name.into() }
}

fn ticket(title: &str) -> RemoteTicketCreate {
    RemoteTicketCreate { title: title.into() }
}

async fn a_batch_comes_back_with_its_rows(place: Place) {
    let owner = place.serve().await;
    let gm = consumer(&owner).await;
    let mut batch = gm.batch();
    let ada = batch.add(RemoteCustomer::create(customer("Ada")).rating(5));
    let first = batch.add(
        BatchDraft::<RemoteTicket>::create()
            .set(|t| t.title, ada.field(|c| c.name))
            .set(|t| t.customer_id, ada.id())
            .set(|t| t.extra, json!({"a": 1})),
    );
    let second = batch.add(
        BatchDraft::of(RemoteTicket::create(ticket("second")))
            .set(|t| t.customer_id, first.field(|t| t.customer_id)),
    );
    let renamed = batch.add(BatchDraft::update_result(ada).set(|c| c.name, "Ada II"));
    let gone = batch.add(RemoteCustomer::create(customer("Bob")));
    assert_eq!((batch.len(), gone.operation()), (5, 4));
    let results = batch.send().await.unwrap();
    let ada = results.row(ada).unwrap();
    assert_eq!((ada.name.as_str(), ada.rating), ("Ada", Some(5)));
    let (first, second) = (results.row(first).unwrap(), results.row(second).unwrap());
    assert_eq!(
        (first.title.as_str(), first.customer_id, first.version),
        ("Ada", Some(ada.id), 1)
    );
    assert_eq!(first.extra, Some(json!({"a": 1})));
    assert_eq!(
        (second.title.as_str(), second.customer_id),
        ("second", Some(ada.id))
    );
    assert_eq!(results.row(renamed).unwrap().name, "Ada II");
    // The version of a row that was read is expected, and a row is deleted by its id.
    let mut batch = gm.batch();
    let updated = batch.add(first.update().title("newer"));
    batch.delete(RemoteTicket::by_id(second.id).if_version(1));
    batch.delete(RemoteCustomer::by_id(results.row(gone).unwrap().id));
    let results = batch.send().await.unwrap();
    assert_eq!(results.len(), 3);
    assert_eq!(results.row(updated).unwrap().version, 2);
    let (customers, tickets, _) = rows(&owner.gm).await;
    let names: Vec<_> = customers.iter().map(|c| c.name.as_str()).collect();
    let titles: Vec<_> = tickets.iter().map(|t| t.title.as_str()).collect();
    assert_eq!((names, titles), (vec!["Ada II"], vec!["newer"]));
    // An empty batch sends nothing.
    assert!(gm.batch().send().await.unwrap().is_empty());
    owner.stop().await.unwrap();
}

async fn a_refusal_names_its_operation(place: Place) {
    let owner = place.serve().await;
    let gm = consumer(&owner).await;
    let row = Ticket::create(TicketCreate { title: "t".into() })
        .owner("sid")
        .exec(&owner.gm)
        .await
        .unwrap();
    let read = RemoteTicket::get(&gm, row.id).await.unwrap();
    Ticket::by_id(row.id)
        .update()
        .title("newer")
        .exec(&owner.gm)
        .await
        .unwrap();
    let before = rows(&owner.gm).await;
    let mut batch = gm.batch();
    batch.add(RemoteCustomer::create(customer("Ada")));
    batch.add(read.update().title("older"));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(refused.operation(), Some(1));
    assert!(
        matches!(
            refused.error(),
            Error::Stale {
                manager: "RemoteTicket",
                ..
            }
        ),
        "{refused}"
    );
    let mut batch = gm.batch();
    batch.add(RemoteCustomer::create(customer("Ada")));
    batch.add(RemoteCustomer::create(customer("Ada")));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(
        (refused.operation(), refused.error().is_conflict()),
        (Some(1), true),
        "{refused}"
    );
    assert_eq!(refused.error().field_errors()[0].field(), Some("name"));
    assert!(!refused.error().is_outcome_unknown());
    let mut batch = gm.batch();
    batch.add(BatchDraft::<RemoteTicket>::create().set(|t| t.customer_id, 7));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(
        (refused.operation(), refused.error().is_invalid()),
        (Some(0), true),
        "{refused}"
    );
    // A JSON value that the owner would take for a reference, and the rows of another path, are not sent.
    let mut batch = gm.batch();
    batch.add(RemoteTicket::create(ticket("t")).extra(json!({"$result": 0, "field": "id"})));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(
        (refused.operation(), refused.error().is_invalid()),
        (Some(0), true),
        "{refused}"
    );
    let mut batch = gm.batch();
    batch.add(RemoteTicket::create(ticket("t")));
    batch.add(OtherPath::create(OtherPathCreate { title: "t".into() }));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(refused.operation(), Some(1));
    let expected = TransactionError::OtherBasePath { manager: "OtherPath" };
    assert!(
        matches!(refused.error(), Error::Transaction(error) if *error == expected),
        "{refused}"
    );
    // A result of another batch.
    let mut other = gm.batch();
    let elsewhere = other.add(RemoteCustomer::create(customer("Eve")));
    let mut batch = gm.batch();
    batch.add(RemoteCustomer::create(customer("Bob")));
    batch.add(BatchDraft::<RemoteTicket>::create().set(|t| t.customer_id, elsewhere.id()));
    assert_eq!(batch.send().await.unwrap_err().operation(), Some(1));
    assert_eq!(rows(&owner.gm).await, before);
    owner.stop().await.unwrap();
}

/// Every answer that a batch can change is read again after it, whatever the events do.
async fn the_cache_has_no_row_from_before_a_batch(place: Place) {
    let owner = place.serve().await;
    let gm = consumer(&owner).await;
    let mut batch = gm.batch();
    let customers: Vec<_> = ["a", "b", "c"]
        .map(|name| batch.add(RemoteCustomer::create(customer(name))))
        .to_vec();
    let results = batch.send().await.unwrap();
    let ids: Vec<i64> = customers.iter().map(|c| results.row(*c).unwrap().id).collect();
    let live = SubscriptionState::is_live;
    gm.subscription::<RemoteCustomer>()
        .unwrap()
        .wait_for(live)
        .await
        .unwrap();
    gm.subscription::<RemoteTicket>()
        .unwrap()
        .wait_for(live)
        .await
        .unwrap();
    for round in 0..20 {
        // These are cached, or are read while the batch is sent.
        let read = || async {
            let all = RemoteCustomer::query()
                .order_by(|c| c.id.asc())
                .all(&gm)
                .await
                .unwrap();
            let first = RemoteCustomer::get(&gm, ids[0]).await.unwrap();
            let tickets = RemoteTicket::query().all(&gm).await.unwrap();
            (
                all.iter().map(|c| c.name.clone()).collect::<Vec<_>>(),
                first.name,
                tickets.len(),
            )
        };
        read().await;
        let mut batch = gm.batch();
        let name = format!("a {round}");
        batch.add(RemoteCustomer::by_id(ids[0]).update().name(&name));
        batch.add(RemoteTicket::create(ticket("t")));
        let (sent, _) = tokio::join!(batch.send(), read());
        sent.unwrap();
        let (names, first, tickets) = read().await;
        assert_eq!(
            (names[0].as_str(), first.as_str(), tickets),
            (name.as_str(), name.as_str(), round + 1)
        );
    }
    // A batch whose caller leaves is carried out or not, and the cache knows.
    for round in 20..30 {
        let mut batch = gm.batch();
        batch.add(RemoteCustomer::by_id(ids[1]).update().name(format!("b {round}")));
        let mut sending = Box::pin(batch.send());
        let _ = futures_util::poll!(&mut sending);
        drop(sending);
        while stored_name(&owner, ids[1]).await != format!("b {round}") {
            tokio::task::yield_now().await;
        }
        // The batch is still in flight for this client, or its end has invalidated the row.
        while RemoteCustomer::get(&gm, ids[1]).await.unwrap().name != format!("b {round}") {
            tokio::task::yield_now().await;
        }
    }
    owner.stop().await.unwrap();
}

async fn stored_name(owner: &Running, id: i64) -> String {
    super::Customer::get(&owner.gm, id).await.unwrap().name
}

async fn a_gateway_announces_no_batches(place: Place) {
    let owner = place.serve().await;
    let gateway = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", owner.address))
        .expose::<GatewayCustomer>()
        .accept_bearer_token(STAFF.unwrap(), "sid");
    let gateway = Running::start(gateway).await.unwrap();
    let gm = consumer(&gateway).await;
    let mut batch = gm.batch();
    batch.add(RemoteCustomer::create(customer("Ada")));
    let refused = batch.send().await.unwrap_err();
    assert!(
        matches!(
            refused.error(),
            Error::Unsupported {
                extension: Extension::Batch,
                ..
            }
        ),
        "{refused}"
    );
    // The gateway's own code sends its batch to the owner, unless it acts as a caller, whom the gateway would have to judge.
    let mut batch = gateway.gm.batch();
    batch.add(GatewayCustomer::create(GatewayCustomerCreate {
        name: "Ada".into(),
    }));
    batch.clone().send().await.unwrap();
    let acting = gateway.gm.acting_as("ada".into());
    let mut as_caller = acting.batch();
    as_caller.add(GatewayCustomer::create(GatewayCustomerCreate {
        name: "Bob".into(),
    }));
    let refused = as_caller.send().await.unwrap_err();
    assert!(matches!(refused.error(), Error::Configuration(_)), "{refused}");
    assert_eq!(rows(&owner.gm).await.0.len(), 1);
    gateway.stop().await.unwrap();
    owner.stop().await.unwrap();
}
