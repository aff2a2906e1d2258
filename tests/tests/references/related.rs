//! The rows that rows refer to: `ticket.customer(&gm)` and `tickets.related(..)`.

use futures_util::TryStreamExt as _;
use gm_runtime::access::Principal;
use gm_runtime::client::SubscriptionState;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::database::TestDatabase;
use gm_tests::on_each_database;

use crate::service::Service;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "customers")]
#[permission(read = name != "Hidden", create = public, update = public)]
#[remote_api(
    resource = "customers",
    allow_filter,
    allow_detail,
    allow_update,
    websocket_invalidation,
    default_page_size = 20
)]
struct Customer {
    #[field(id)]
    id: i64,
    #[field(max_length = 50)]
    name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public)]
#[remote_api(
    resource = "tickets",
    allow_filter,
    allow_detail,
    websocket_invalidation,
    default_page_size = 1000
)]
struct Ticket {
    #[field(id)]
    id: i64,
    #[field(references = Customer)]
    customer_id: i64,
    #[field(references = Ticket)]
    previous_id: Option<i64>,
}

/// The same tickets, on a service that takes the customers from another one.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://tickets.test",
    resource = "tickets",
    websocket_invalidation
)]
struct RemoteTicket {
    #[field(id)]
    id: i64,
    #[field(references = RemoteCustomer)]
    customer_id: i64,
    #[field(references = RemoteTicket)]
    previous_id: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://customers.test",
    resource = "customers",
    websocket_invalidation
)]
struct RemoteCustomer {
    #[field(id)]
    id: i64,
    name: String,
}

async fn customer(gm: &Gm, name: &str) -> i64 {
    let customer = CustomerCreate { name: name.into() };
    Customer::create(customer).exec(gm).await.unwrap().id
}

async fn ticket(gm: &Gm, customer_id: i64, previous: Option<i64>) -> Ticket {
    let ticket = Ticket::create(TicketCreate { customer_id });
    ticket.previous_id(previous).exec(gm).await.unwrap()
}

async fn rows_that_are_related_are_read(gm: &Gm) {
    let (ada, bob) = (customer(gm, "Ada").await, customer(gm, "Bob").await);
    let first = ticket(gm, ada, None).await;
    let second = ticket(gm, bob, Some(first.id)).await;
    ticket(gm, ada, Some(first.id)).await;

    assert_eq!(second.customer(gm).await.unwrap().name, "Bob");
    assert_eq!(second.previous(gm).await.unwrap(), Some(first.clone()));
    assert_eq!(first.previous(gm).await.unwrap(), None);

    let tickets = Ticket::all(gm).await.unwrap();
    let customers = tickets.related(|t| t.customer, gm).await.unwrap();
    assert_eq!(customers.len(), 2);
    for ticket in &tickets {
        let expected = if ticket.customer_id == ada { "Ada" } else { "Bob" };
        assert_eq!(customers.get(&ticket.customer_id).unwrap().name, expected);
    }
    let previous = tickets.related(|t| t.previous, gm).await.unwrap();
    assert_eq!(previous.len(), 1);
    assert_eq!(previous.get(first.previous_id.as_ref()), None);
    assert_eq!(previous.get(second.previous_id.as_ref()), Some(&first));
    assert!(previous.iter().eq([&first]));
}

/// A row that the caller may not read is answered as one that does not exist.
async fn a_row_out_of_sight_is_not_there(gm: &Gm) {
    let (ada, hidden) = (customer(gm, "Ada").await, customer(gm, "Hidden").await);
    ticket(gm, ada, None).await;
    let of_hidden = ticket(gm, hidden, None).await;
    let caller = gm.acting_as(Principal::named("caller"));

    let tickets = Ticket::all(&caller).await.unwrap();
    let customers = tickets.related(|t| t.customer, &caller).await.unwrap();
    assert!(customers.iter().map(|customer| customer.id).eq([ada]));
    let missing = of_hidden.customer(&caller).await.unwrap_err();
    assert!(missing.is_not_found(), "{missing}");

    let customers = tickets.related(|t| t.customer, gm).await.unwrap();
    assert_eq!(customers.len(), 2);
}

/// More rows than one statement reads.
async fn many_rows_are_related(gm: &Gm) {
    for number in 0..1_100 {
        let customer = customer(gm, &format!("{number}")).await;
        ticket(gm, customer, None).await;
    }
    let tickets = Ticket::all(gm).await.unwrap();
    let customers = tickets.related(|t| t.customer, gm).await.unwrap().into_map();
    assert_eq!(customers.len(), 1_100);
    assert!(
        tickets
            .iter()
            .all(|ticket| customers.contains_key(&ticket.customer_id))
    );
}

async fn of(database: &TestDatabase) -> Gm {
    Gm::builder()
        .database(database.url())
        .manager::<Customer>()
        .manager::<Ticket>()
        .build()
        .await
        .unwrap()
}

async fn in_memory() -> Gm {
    let builder = Gm::builder().in_memory::<Customer>().in_memory::<Ticket>();
    builder.build().await.unwrap()
}

async fn related_in_a_database(database: TestDatabase) {
    rows_that_are_related_are_read(&of(&database).await).await;
}

async fn hidden_in_a_database(database: TestDatabase) {
    a_row_out_of_sight_is_not_there(&of(&database).await).await;
}

on_each_database!(related_in_a_database, hidden_in_a_database);

#[tokio::test]
async fn related_in_memory() {
    rows_that_are_related_are_read(&in_memory().await).await;
    a_row_out_of_sight_is_not_there(&in_memory().await).await;
    many_rows_are_related(&in_memory().await).await;
}

/// Two services, and a consumer of both.
struct World {
    customers: (Gm, Service),
    tickets: (Gm, Service),
    consumer: Gm,
}

impl World {
    /// With 1,000 tickets of 400 customers.
    async fn start() -> Self {
        let customers = Gm::builder()
            .in_memory::<Customer>()
            .expose::<Customer>()
            .build()
            .await
            .unwrap();
        let tickets = Gm::builder()
            .in_memory::<Ticket>()
            .in_memory::<Customer>()
            .expose::<Ticket>()
            .build()
            .await
            .unwrap();
        for number in 0..400 {
            for gm in [&customers, &tickets] {
                customer(gm, &format!("{number}")).await;
            }
        }
        for number in 0..1_000 {
            ticket(&tickets, number % 400 + 1, None).await;
        }
        let of_customers = Service::start(&customers);
        let of_tickets = Service::start(&tickets);
        let consumer = Gm::builder()
            .base_url("http://customers.test", &of_customers.url)
            .base_url("http://tickets.test", &of_tickets.url)
            .build()
            .await
            .unwrap();
        let world = Self {
            customers: (customers, of_customers),
            tickets: (tickets, of_tickets),
            consumer,
        };
        world.is_live().await;
        world
    }

    async fn is_live(&self) {
        for mut subscription in [
            self.consumer.subscription::<RemoteTicket>().unwrap(),
            self.consumer.subscription::<RemoteCustomer>().unwrap(),
        ] {
            subscription.wait_for(SubscriptionState::is_live).await.unwrap();
        }
    }

    /// The names of the tickets' customers, and the requests that they needed.
    async fn names(&self) -> (Vec<String>, [usize; 2]) {
        let tickets = RemoteTicket::all(&self.consumer).await.unwrap();
        let customers = tickets.related(|t| t.customer, &self.consumer).await.unwrap();
        let name = |ticket: &RemoteTicket| customers.get(&ticket.customer_id).unwrap().name.clone();
        let names = tickets.iter().map(name).collect();
        (names, [self.tickets.1.requests(), self.customers.1.requests()])
    }
}

/// The acceptance of the design: two requests cold, none warm, and a change of one row is seen.
#[tokio::test]
async fn a_list_with_its_related_rows_takes_two_requests() {
    let world = World::start().await;
    let (names, requests) = world.names().await;
    assert_eq!((names.len(), requests), (1_000, [1, 1]));
    assert!((0..1_000).all(|number| names[number] == (number % 400).to_string()));

    let (again, requests) = world.names().await;
    assert_eq!((again, requests), (names, [0, 0]));

    let mut changes = RemoteCustomer::changes(&world.consumer);
    let renamed = Customer::by_id(7).update().name("Grace").exec(&world.customers.0);
    renamed.await.unwrap();
    changes.try_next().await.unwrap().unwrap();
    let (names, requests) = world.names().await;
    assert_eq!(requests, [0, 1]);
    assert_eq!((names[6].as_str(), names[406].as_str()), ("Grace", "Grace"));
    assert_eq!(names[7], "7");
}

/// Rows that were read alone are not requested again.
#[tokio::test]
async fn rows_that_are_cached_alone_are_not_requested() {
    let world = World::start().await;
    let tickets = RemoteTicket::filter(|t| t.id.is_in([1, 2]));
    let tickets = tickets.all(&world.consumer).await.unwrap();
    for ticket in &tickets {
        ticket.customer(&world.consumer).await.unwrap();
    }
    assert_eq!(world.customers.1.requests(), 2);
    let customers = tickets.related(|t| t.customer, &world.consumer).await.unwrap();
    assert_eq!((customers.len(), world.customers.1.requests()), (2, 0));

    let fresh = tickets.related(|t| t.customer, &world.consumer).fresh();
    assert_eq!(fresh.await.unwrap().len(), 2);
    assert_eq!(world.customers.1.requests(), 1);
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "people")]
#[permission(read = public)]
#[remote_api(
    resource = "people",
    allow_filter,
    default_page_size = 20,
    max_page_size = 20,
    websocket_invalidation
)]
struct Person {
    #[field(id)]
    id: i64,
    #[field(references = Person)]
    parent_id: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://people.test", resource = "people", websocket_invalidation)]
struct RemotePerson {
    #[field(id)]
    id: i64,
    #[field(references = RemotePerson)]
    parent_id: Option<i64>,
}

/// An owner whose pages are small refuses a page of all members. They are read as several pages then.
#[tokio::test]
async fn an_owner_with_small_pages_gives_all_rows() {
    let gm = Gm::builder().in_memory::<Person>().expose::<Person>().build();
    let gm = gm.await.unwrap();
    for parent in 0..50 {
        let parent = (parent > 0).then_some(parent);
        Person::create(PersonCreate {})
            .parent_id(parent)
            .exec(&gm)
            .await
            .unwrap();
    }
    let service = Service::start(&gm);
    let consumer = Gm::builder().base_url("http://people.test", &service.url).build();
    let consumer = consumer.await.unwrap();
    let mut subscription = consumer.subscription::<RemotePerson>().unwrap();
    subscription.wait_for(SubscriptionState::is_live).await.unwrap();

    let people = RemotePerson::all(&consumer).await.unwrap();
    let parents = people.related(|p| p.parent, &consumer).await.unwrap();
    assert_eq!(parents.len(), 49);
    service.requests();
    let parents = people.related(|p| p.parent, &consumer).await.unwrap();
    assert_eq!((parents.len(), service.requests()), (49, 0));
}
