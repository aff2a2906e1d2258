//! How many reads of other managers lookups through references need, and how a rate limit counts them.

use gm_runtime::server::RateLimit;
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use serde_json::{Value as Json, json};

use crate::service::Service;

/// The managers of an owner and of a consumer have the same fields.
macro_rules! managers {
    ($region:ident, $customer:ident, $ticket:ident, $(#[$of_regions:meta])*, $(#[$of_customers:meta])*, $(#[$of_tickets:meta])*) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$of_regions])*
        pub(crate) struct $region {
            #[field(id)]
            id: i64,
            name: String,
        }

        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$of_customers])*
        pub(crate) struct $customer {
            #[field(id)]
            id: i64,
            name: String,
            active: bool,
            #[field(references = $region)]
            region_id: Option<i64>,
        }

        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        $(#[$of_tickets])*
        pub(crate) struct $ticket {
            #[field(id)]
            id: i64,
            #[field(references = $customer)]
            customer_id: i64,
            #[field(references = $customer)]
            payer_id: Option<i64>,
        }
    };
}

managers! {
    Region, Customer, Ticket,
    #[database(table = "regions")]
    #[permission(read = public)]
    #[remote_api(resource = "regions", allow_filter)],
    #[database(table = "customers")]
    #[permission(read = public)]
    #[remote_api(resource = "customers", allow_filter)],
    #[database(table = "tickets")]
    #[permission(read = public)]
    #[remote_api(resource = "tickets", allow_filter, allow_counts)]
}

managers! {
    FarRegion, FarCustomer, NearTicket,
    #[remote_manager(base_url = "http://customers.test", resource = "regions")],
    #[remote_manager(base_url = "http://customers.test", resource = "customers")],
    #[remote_manager(base_url = "http://tickets.test", resource = "tickets")]
}

/// Each manager is in a storage of its own.
fn in_memory() -> GmBuilder {
    Gm::builder()
        .in_memory::<Region>()
        .in_memory::<Customer>()
        .in_memory::<Ticket>()
}

async fn serve(builder: GmBuilder) -> (Gm, Service) {
    let builder = builder.expose::<Region>().expose::<Customer>();
    let gm = builder.expose::<Ticket>().build().await.unwrap();
    let service = Service::start(&gm);
    (gm, service)
}

/// Ada in the north, Anna elsewhere, and Adam in the north, who is not active. Each of them has a ticket, which Anna pays.
async fn fill(gm: &Gm) {
    let north = Region::create(RegionCreate { name: "North".into() });
    let north = north.exec(gm).await.unwrap().id;
    for (name, active, region) in [
        ("Ada", true, Some(north)),
        ("Anna", true, None),
        ("Adam", false, Some(north)),
    ] {
        let customer = CustomerCreate {
            name: name.into(),
            active,
        };
        let customer = Customer::create(customer).region_id(region);
        customer.exec(gm).await.unwrap();
    }
    for customer_id in 1..=3 {
        let ticket = Ticket::create(TicketCreate { customer_id }).payer_id(2);
        ticket.exec(gm).await.unwrap();
    }
}

/// The lookups on one row are one read of its manager, and so are those on the rows behind it.
#[tokio::test]
async fn several_lookups_through_one_reference_are_one_read() {
    let (owner, customers) = serve(in_memory()).await;
    fill(&owner).await;
    let tickets = Service::start(&owner);
    let gm = Gm::builder()
        .base_url("http://customers.test", &customers.url)
        .base_url("http://tickets.test", &tickets.url)
        .build()
        .await
        .unwrap();
    for (query, found, read) in [
        (
            NearTicket::filter(|t| t.customer.name.startswith("Ad") & t.customer.active.eq(true)),
            vec![1],
            1,
        ),
        (
            NearTicket::exclude(|t| t.customer.name.startswith("Ad") & t.customer.active.eq(true)),
            vec![2, 3],
            1,
        ),
        (
            NearTicket::filter(|t| {
                t.customer.name.startswith("A")
                    & t.customer.region.name.eq("North")
                    & t.customer.region.name.startswith("N")
            }),
            vec![1, 3],
            1,
        ),
        (
            NearTicket::filter(|t| {
                t.customer.active.eq(true) & t.payer.name.eq("Anna") & t.payer.active.eq(true)
            })
            .exclude(|t| t.customer.name.eq("Ada") & t.customer.active.eq(true)),
            vec![2],
            3,
        ),
    ] {
        let rows = query.all(&gm).fresh().await.unwrap();
        assert_eq!(
            rows.iter().map(|row| row.id).collect::<Vec<_>>(),
            found,
            "{query:?}"
        );
        assert_eq!((customers.requests(), tickets.requests()), (read, 1), "{query:?}");
    }
}

/// The status of a query at an owner that permits this many requests at once.
async fn status(builder: GmBuilder, burst: u32, body: &Json) -> u16 {
    let limit = RateLimit::per_minute(1).burst(burst);
    let (_gm, service) = serve(builder.rate_limit_per_principal(limit)).await;
    let status = service.query("tickets", body).await.status;
    if status == 200 {
        // Nothing is left.
        assert_eq!(service.query("tickets", &json!({})).await.status, 429, "{body}");
    }
    status
}

/// A query is one request for the rate limit, and one more for each read of another manager.
#[tokio::test]
async fn a_rate_limit_counts_each_read() {
    for (body, reads) in [
        (json!({}), 0),
        (json!({"filters": {"customer_id": 1}}), 0),
        (json!({"filters": {"customer__name": "Ada"}}), 1),
        (
            json!({"filters": {"customer__name": "Ada", "customer__active": true}}),
            1,
        ),
        (
            json!({"filters": {"customer__name": "Ada"}, "excludes": {"customer__active": true}}),
            2,
        ),
        (
            json!({"filters": {"customer__name": "Ada", "payer__name": "Ada"}}),
            2,
        ),
        (
            json!({"filters": {"customer__region__name": "North", "customer__region__id__gt": 0}}),
            2,
        ),
        (
            json!({"filters": {"customer__region__name": "North"}, "count_by": "customer_id"}),
            2,
        ),
    ] {
        assert_eq!(status(in_memory(), reads + 1, &body).await, 200, "{body}");
        if reads > 0 {
            assert_eq!(status(in_memory(), reads, &body).await, 400, "{body}");
        }
        // In one database the rows are joined.
        let in_one_place = Gm::builder().database("sqlite::memory:");
        assert_eq!(status(in_one_place, 1, &body).await, 200, "{body}");
    }
}

/// Requests that are too many now are answered 429, and those that are too many at any time 400.
#[tokio::test]
async fn reads_that_are_too_many_now_are_refused_until_later() {
    let limit = RateLimit::per_minute(1).burst(3);
    let (_gm, service) = serve(in_memory().rate_limit_per_address(limit)).await;
    let through = json!({"filters": {"customer__name": "Ada", "payer__name": "Ada"}});
    assert_eq!(service.query("tickets", &through).await.status, 200);
    let (_gm, service) = serve(in_memory().rate_limit_per_address(limit)).await;
    assert_eq!(service.query("tickets", &json!({})).await.status, 200);
    let refused = service.query("tickets", &through).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
}
