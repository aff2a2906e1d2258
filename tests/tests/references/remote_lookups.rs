//! Lookups through references over the wire: at an owner, as a consumer, and through a gateway.

use futures_util::TryStreamExt as _;
use gm_runtime::access::Principal;
use gm_runtime::client::SubscriptionState;
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use serde_json::{Value as Json, json};

use crate::service::Service;

/// The managers of an owner, of a consumer, and of a gateway have the same fields.
macro_rules! managers {
    ($customer:ident, $ticket:ident, $(#[$of_customers:meta])*, $(#[$of_tickets:meta])*) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$of_customers])*
        pub(crate) struct $customer {
            #[field(id)]
            id: i64,
            #[field(max_length = 50)]
            name: String,
            #[field(read = admin)]
            rating: Option<i32>,
            #[field(filter = false)]
            hint: Option<i32>,
            #[field(references = $customer)]
            parent_id: Option<i64>,
        }

        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$of_tickets])*
        pub(crate) struct $ticket {
            #[field(id)]
            id: i64,
            #[field(references = $customer)]
            customer_id: i64,
            note: Option<String>,
        }
    };
}

managers! {
    Customer, Ticket,
    #[database(table = "customers")]
    #[permission(read = name != "hidden")]
    #[remote_api(resource = "customers", allow_filter, allow_regex, websocket_invalidation)],
    #[database(table = "tickets")]
    #[permission(read = public)]
    #[remote_api(resource = "tickets", allow_filter, allow_regex, websocket_invalidation)]
}

managers! {
    RemoteCustomer, RemoteTicket,
    #[remote_manager(base_url = "http://owner.test", resource = "customers", websocket_invalidation)],
    #[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
}

managers! {
    FarCustomer, NearTicket,
    #[remote_manager(base_url = "http://customers.test", resource = "customers", websocket_invalidation)],
    #[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
}

managers! {
    GatewayCustomer, GatewayTicket,
    #[remote_manager(base_url = "http://owner.test", resource = "customers", websocket_invalidation)]
    #[permission(read = name != "Bob")]
    #[remote_api(resource = "customers", allow_filter)],
    #[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
    #[permission(read = public)]
    #[remote_api(resource = "tickets", allow_filter)]
}

managers! {
    OpenCustomer, RuledTicket,
    #[remote_manager(base_url = "http://owner.test", resource = "customers", websocket_invalidation)]
    #[permission(read = public)],
    #[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
    #[permission(read = id != 2)]
}

async fn owner() -> (Gm, Service) {
    let gm = Gm::builder()
        .database("sqlite::memory:")
        .expose::<Customer>()
        .expose::<Ticket>()
        .build()
        .await
        .unwrap();
    let mut parent = None;
    for name in ["Ada", "Bob", "hidden", "Anna"] {
        let customer = Customer::create(CustomerCreate { name: name.into() });
        let customer = customer.parent_id(parent).exec(&gm).await.unwrap();
        parent = Some(customer.id);
        let ticket = TicketCreate {
            customer_id: customer.id,
        };
        let ticket = Ticket::create(ticket).note(name.to_owned());
        ticket.exec(&gm).await.unwrap();
    }
    let service = Service::start(&gm);
    (gm, service)
}

fn consumer_of(service: &Service) -> GmBuilder {
    Gm::builder()
        .base_url("http://owner.test", &service.url)
        .base_url("http://customers.test", &service.url)
}

async fn live(gm: &Gm) {
    for mut subscription in [
        gm.subscription::<RemoteTicket>().unwrap(),
        gm.subscription::<RemoteCustomer>().unwrap(),
    ] {
        subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    }
}

async fn ids(service: &Service, body: Json) -> Vec<i64> {
    let response = service.query("tickets", &body).await;
    assert_eq!(response.status, 200, "{body}: {}", response.json());
    let items = response.json();
    let items = items["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

/// The rows behind a reference are those that the caller may read, in filters and in excludes.
#[tokio::test]
async fn an_owner_evaluates_lookups_through_references() {
    let (_gm, service) = owner().await;
    for (filters, expected) in [
        (json!({"customer__name": "Ada"}), vec![1]),
        (json!({"customer__name__exact": "Ada"}), vec![1]),
        (json!({"customer__name__icontains": "a"}), vec![1, 4]),
        (json!({"customer__name__in": ["Bob", "hidden"]}), vec![2]),
        (json!({"customer__name__regex": "^An?"}), vec![1, 4]),
        (json!({"customer__id": 2}), vec![2]),
        (json!({"customer__id": 3}), vec![]),
        (json!({"customer__parent__name": "Ada"}), vec![2]),
        (json!({"customer__parent__name": "hidden"}), vec![]),
        (json!({"customer__parent_id__isnull": true}), vec![1]),
        (json!({"customer__parent__parent__name": "Ada"}), vec![]),
        (
            json!({"customer__name__startswith": "A", "customer__name__endswith": "a"}),
            vec![1, 4],
        ),
        (
            json!({"customer__name__startswith": "A", "customer_id": 4}),
            vec![4],
        ),
    ] {
        assert_eq!(
            ids(&service, json!({ "filters": filters })).await,
            expected,
            "{filters}"
        );
        let others: Vec<i64> = (1..=4).filter(|id| !expected.contains(id)).collect();
        assert_eq!(
            ids(&service, json!({ "excludes": filters })).await,
            others,
            "{filters}"
        );
    }
}

/// A field that the caller may not read is answered as one that does not exist, whatever the value is.
#[tokio::test]
async fn what_is_not_readable_is_an_unknown_lookup() {
    let (_gm, service) = owner().await;
    let refusal = async |key: &str, value: Json| {
        let response = service.query("tickets", &json!({"filters": {key: value}})).await;
        assert_eq!(response.status, 400, "{key}: {}", response.json());
        response.json()["details"].to_string().replace(key, "KEY")
    };
    let unknown = refusal("customer__nothing", json!(1)).await;
    for (key, value) in [
        ("customer__rating", json!(1)),
        ("customer__rating", json!("text")),
        ("customer__rating__gte", json!(1)),
        ("customer__parent__rating", json!(1)),
        ("customer", json!(1)),
        ("customer__", json!(1)),
        ("customer__name__nothing", json!("a")),
        ("customer__name__gt__lt", json!("a")),
        ("customer_id__name", json!("a")),
        ("nothing__name", json!("a")),
        ("__customer__name", json!("a")),
        // Four references.
        ("customer__parent__parent__parent__name", json!("a")),
    ] {
        assert_eq!(refusal(key, value).await, unknown, "{key}");
    }
    let wrong = refusal("customer__name", json!(1)).await;
    assert!(wrong.contains("expected text"), "{wrong}");
    let not_filtered = refusal("customer__hint", json!(1)).await;
    assert!(not_filtered.contains("can't be filtered by"), "{not_filtered}");
    let long = format!("{}name", "customer__".repeat(100_000));
    let response = service.query("tickets", &json!({"filters": {long: 1}})).await;
    assert_eq!(response.status, 400);
}

/// The owner of both evaluates the lookup: one request, and none while no row of either changes.
#[tokio::test]
async fn a_consumer_sends_the_lookup() {
    let (owner, service) = owner().await;
    let gm = consumer_of(&service).build().await.unwrap();
    let query = || RemoteTicket::filter(|t| t.customer.name.startswith("A"));
    let found = async |gm: &Gm| {
        let rows = query().all(gm).await.unwrap();
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        (ids, service.requests())
    };
    live(&gm).await;
    service.requests();
    assert_eq!(found(&gm).await, (vec![1, 4], 1));
    assert_eq!(found(&gm).await, (vec![1, 4], 0));
    let others = RemoteTicket::exclude(|t| t.customer.parent.name.eq("Ada")).count(&gm);
    assert_eq!(others.await.unwrap(), 3);
    service.requests();

    // A change behind the reference.
    let mut changes = RemoteCustomer::changes(&gm);
    Customer::by_id(2).update().name("Al").exec(&owner).await.unwrap();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(found(&gm).await, (vec![1, 2, 4], 1));
    assert_eq!(found(&gm).await, (vec![1, 2, 4], 0));

    // A change of the rows themselves.
    let mut changes = RemoteTicket::changes(&gm);
    Ticket::by_id(4).delete(&owner).await.unwrap();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(found(&gm).await, (vec![1, 2], 1));

    // A query that looks through nothing stays valid.
    let all = async |gm: &Gm| (RemoteTicket::all(gm).await.unwrap().len(), service.requests());
    assert_eq!(all(&gm).await, (3, 1));
    let mut changes = RemoteCustomer::changes(&gm);
    Customer::by_id(2)
        .update()
        .name("Bob")
        .exec(&owner)
        .await
        .unwrap();
    changes.try_next().await.unwrap().unwrap();
    assert_eq!(all(&gm).await, (3, 0));
}

#[tokio::test]
async fn a_live_query_of_a_consumer_sees_changes_behind_a_reference() {
    let (owner, service) = owner().await;
    let gm = consumer_of(&service).build().await.unwrap();
    live(&gm).await;
    let mut watched = RemoteTicket::filter(|t| t.customer.name.startswith("B")).watch(&gm);
    assert_eq!(watched.try_next().await.unwrap().unwrap().len(), 1);
    Customer::by_id(1)
        .update()
        .name("Bea")
        .exec(&owner)
        .await
        .unwrap();
    assert_eq!(watched.try_next().await.unwrap().unwrap().len(), 2);
}

/// The rows behind the reference are another service's: their ids are read first.
#[tokio::test]
async fn ids_of_another_service_are_read_first() {
    let (_owner, service) = owner().await;
    let gm = consumer_of(&service).build().await.unwrap();
    let query = NearTicket::filter(|t| t.customer.name.startswith("A"));
    let rows = query.all(&gm).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(service.requests(), 2);
}

/// A gateway with a rule about the rows behind the reference reads their ids, and forwards no lookup on them.
#[tokio::test]
async fn a_gateway_applies_its_own_rules() {
    let (_owner, service) = owner().await;
    let gateway = consumer_of(&service)
        .expose::<GatewayCustomer>()
        .expose::<GatewayTicket>()
        .build()
        .await
        .unwrap();
    let gateway = (Service::start(&gateway), gateway);
    let found = ids(
        &gateway.0,
        json!({"filters": {"customer__name__in": ["Ada", "Bob"]}}),
    )
    .await;
    assert_eq!(found, [1]);
    let found = ids(
        &gateway.0,
        json!({"excludes": {"customer__name__in": ["Ada", "Bob"]}}),
    )
    .await;
    assert_eq!(found, [2, 3, 4]);
    let found = ids(&gateway.0, json!({"filters": {"customer__parent__name": "Bob"}})).await;
    assert!(found.is_empty());
    let hidden = json!({"filters": {"customer__rating": 1}});
    assert_eq!(gateway.0.query("tickets", &hidden).await.status, 400);
}

/// A gateway with a rule about the rows evaluates patterns itself, and with them the whole exclude.
#[tokio::test]
async fn a_gateway_evaluates_an_exclude_in_one_place() {
    let (_owner, service) = owner().await;
    let gm = consumer_of(&service).build().await.unwrap();
    // Reads every field of the customers, so that a lookup on them is forwarded otherwise.
    let root = gm.acting_as(Principal::named("root").as_admin());
    let query = RuledTicket::exclude(|t| t.customer.name.startswith("A") & t.note.regex("^Ad"));
    let rows = query.all(&root).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [3, 4]);
}
