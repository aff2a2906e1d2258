//! References of rows in storage of the application: to rows there, and to rows of the database.

use gm_runtime::access::Principal;
use gm_runtime::{GeneralManager, Gm, GmBuilder, Query};
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use crate::services::serve;
use crate::storage::Shelf;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Shelf<Region>)]
#[permission(read = public)]
#[remote_api(resource = "regions", allow_filter)]
struct Region {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Shelf<Customer>)]
#[permission(read = name != "hidden")]
#[remote_api(resource = "customers", allow_filter)]
struct Customer {
    #[field(id)]
    id: i64,
    name: String,
    #[field(read = group("staff"))]
    rating: i32,
    #[field(references = Region)]
    region_id: Option<i64>,
}

/// The same customers in the database of the service.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "customers")]
#[permission(read = name != "hidden")]
struct StoredCustomer {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Shelf<Ticket>)]
#[permission(read = title != "hidden")]
#[remote_api(resource = "tickets", allow_filter, allow_counts)]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(references = Customer)]
    customer_id: i64,
    #[field(references = StoredCustomer)]
    payer_id: Option<i64>,
}

fn builder(conditions: bool) -> GmBuilder {
    let builder = Gm::builder()
        .database("sqlite::memory:")
        .manager::<StoredCustomer>();
    let builder = match conditions {
        false => builder
            .interface::<Region>(Shelf::default())
            .interface::<Customer>(Shelf::default())
            .interface::<Ticket>(Shelf::default()),
        true => builder
            .interface::<Region>(Shelf::default().applying_conditions())
            .interface::<Customer>(Shelf::default().applying_conditions())
            .interface::<Ticket>(Shelf::default().applying_conditions()),
    };
    builder.expose::<Region>().expose::<Customer>().expose::<Ticket>()
}

/// Tickets 1 to 4 of Ada, Bob, a hidden customer and Ada again. The last one is hidden itself.
async fn fill(gm: &Gm) {
    let north = Region::create(RegionCreate { name: "North".into() });
    let north = north.exec(gm).await.unwrap();
    for (number, name) in (0..).zip(["Ada", "Bob", "hidden"]) {
        let customer = CustomerCreate {
            name: name.into(),
            rating: number,
        };
        let customer = Customer::create(customer).region_id((name == "Ada").then_some(north.id));
        customer.exec(gm).await.unwrap();
        let stored = StoredCustomerCreate { name: name.into() };
        StoredCustomer::create(stored).exec(gm).await.unwrap();
    }
    for (title, customer_id, payer) in [
        ("a", 1, Some(2)),
        ("b", 2, Some(3)),
        ("c", 3, None),
        ("hidden", 1, Some(1)),
    ] {
        let ticket = TicketCreate {
            title: title.into(),
            customer_id,
        };
        Ticket::create(ticket).payer_id(payer).exec(gm).await.unwrap();
    }
}

async fn ids(query: Query<Ticket>, gm: &Gm) -> Vec<i64> {
    let rows = query.all(gm).await.unwrap();
    rows.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn lookups_go_through_references_of_own_storage() {
    for conditions in [false, true] {
        let gm = builder(conditions).build().await.unwrap();
        fill(&gm).await;
        // Of the service itself, and of a caller, for whom hidden rows are not there.
        let caller = gm.acting_as(Principal::named("ada"));
        for (query, own, seen) in [
            (Ticket::filter(|t| t.customer.name.eq("Ada")), vec![1, 4], vec![1]),
            (Ticket::filter(|t| t.customer.name.eq("hidden")), vec![3], vec![]),
            (
                Ticket::exclude(|t| t.customer.name.eq("hidden")),
                vec![1, 2, 4],
                vec![1, 2, 3],
            ),
            (
                Ticket::filter(|t| t.customer.name.contains("d") & t.customer.region.name.eq("North")),
                vec![1, 4],
                vec![1],
            ),
            (
                Ticket::filter(|t| t.customer.name.eq("Ada") & t.payer.name.eq("Bob")),
                vec![1],
                vec![1],
            ),
            (
                Ticket::exclude(|t| t.payer.name.eq("Bob")),
                vec![2, 3, 4],
                vec![2, 3],
            ),
            (Ticket::filter(|t| t.payer.name.startswith("h")), vec![2], vec![]),
        ] {
            assert_eq!(ids(query.clone(), &gm).await, own, "{query:?}");
            assert_eq!(ids(query.clone(), &caller).await, seen, "{query:?}");
        }
        let by_title = Ticket::filter(|t| t.customer.name.eq("Ada")).count_by(|t| t.title, &caller);
        assert_eq!(by_title.await.unwrap(), [("a".to_owned(), 1)]);
        let denied = Ticket::filter(|t| t.customer.rating.eq(0)).all(&caller).await;
        assert!(denied.unwrap_err().is_permission_denied());
    }
}

#[tokio::test]
async fn a_service_answers_lookups_through_references_of_own_storage() {
    for conditions in [false, true] {
        let service = serve(builder(conditions)).await;
        fill(&service.gm).await;
        let query = async |body: Json| {
            let request = Request::new("POST", "/gm/tickets/query").json(&body.to_string());
            let response = request.send(service.address).await.unwrap();
            (response.status, response.json())
        };
        let found = async |lookups: Json| {
            let (status, reply) = query(lookups).await;
            assert_eq!(status, 200, "{reply}");
            let items = reply["items"].as_array().unwrap();
            items
                .iter()
                .map(|item| item["id"].as_i64().unwrap())
                .collect::<Vec<_>>()
        };
        let of_north =
            json!({"filters": {"customer__region__name": "North", "customer__name__icontains": "A"}});
        assert_eq!(found(of_north).await, [1]);
        assert_eq!(found(json!({"excludes": {"payer__name": "Bob"}})).await, [2, 3]);
        // A hidden field answers like an unknown one.
        let (status, hidden) = query(json!({"filters": {"customer__rating": 0}})).await;
        let (_, unknown) = query(json!({"filters": {"customer__unknown": 0}})).await;
        assert_eq!(status, 400);
        assert_eq!(hidden["details"]["message"], unknown["details"]["message"]);
        service.stop().await.unwrap();
    }
}

#[tokio::test]
async fn rows_that_rows_of_own_storage_refer_to_are_read() {
    for conditions in [false, true] {
        let gm = builder(conditions).build().await.unwrap();
        fill(&gm).await;
        let tickets = Ticket::all(&gm).await.unwrap();
        let customers = tickets.related(|t| t.customer, &gm).await.unwrap();
        let payers = tickets.related(|t| t.payer, &gm).await.unwrap();
        let names: Vec<_> = tickets
            .iter()
            .map(|ticket| {
                let payer = ticket.payer_id.and_then(|id| payers.get(&id));
                (
                    &*customers.get(&ticket.customer_id).unwrap().name,
                    payer.map(|payer| &*payer.name),
                )
            })
            .collect();
        let expected = [
            ("Ada", Some("Bob")),
            ("Bob", Some("hidden")),
            ("hidden", None),
            ("Ada", Some("Ada")),
        ];
        assert_eq!(names, expected);
        assert_eq!(tickets[0].customer(&gm).await.unwrap().name, "Ada");
        assert_eq!(tickets[2].payer(&gm).await.unwrap(), None);
        // Rows out of the caller's sight are not there. It may not read every field of a customer, so only payers have its type.
        let caller = gm.acting_as(Principal::named("ada"));
        let payers = tickets.related(|t| t.payer, &caller).await.unwrap();
        assert_eq!((payers.get(&2).is_some(), payers.get(&3)), (true, None));
        let hidden = tickets[1].payer(&caller).await;
        assert!(hidden.unwrap_err().is_not_found());
    }
}
