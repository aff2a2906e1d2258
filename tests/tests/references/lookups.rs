//! Lookups through references: on each storage of this process, against an evaluation in plain Rust.

use gm_runtime::access::Principal;
use gm_runtime::error::QueryError;
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder, Query};
use gm_tests::database::TestDatabase;
use gm_tests::on_each_database;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "regions")]
#[permission(read = name != "hidden")]
pub(crate) struct Region {
    #[field(id)]
    id: i64,
    #[field(max_length = 50)]
    name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "customers")]
#[permission(read = name != "hidden")]
pub(crate) struct Customer {
    #[field(id)]
    id: i64,
    #[field(max_length = 50)]
    name: String,
    #[field(read = group("staff"))]
    rating: Option<i32>,
    #[field(references = Region)]
    region_id: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = title != "hidden")]
pub(crate) struct Ticket {
    #[field(id)]
    id: i64,
    #[field(max_length = 50)]
    title: String,
    #[field(references = Customer)]
    customer_id: i64,
    #[field(references = Ticket)]
    previous_id: Option<i64>,
}

/// A manager that no caller has rules for.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "secrets")]
pub(crate) struct Secret {
    #[field(id)]
    id: i64,
    #[field(references = Ticket)]
    ticket_id: i64,
    text: i32,
}

/// Looks through a reference to a manager without rules.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
#[permission(read = public)]
pub(crate) struct Note {
    #[field(id)]
    id: i64,
    #[field(references = Secret)]
    secret_id: i64,
}

fn of(database: &TestDatabase) -> GmBuilder {
    Gm::builder()
        .database(database.url())
        .manager::<Region>()
        .manager::<Customer>()
        .manager::<Ticket>()
        .manager::<Secret>()
        .manager::<Note>()
}

fn in_memory() -> GmBuilder {
    Gm::builder()
        .in_memory::<Region>()
        .in_memory::<Customer>()
        .in_memory::<Ticket>()
        .in_memory::<Secret>()
        .in_memory::<Note>()
}

/// The tickets are in another place than the customers.
fn in_two_places(database: &TestDatabase) -> GmBuilder {
    Gm::builder()
        .database(database.url())
        .manager::<Region>()
        .in_memory::<Customer>()
        .manager::<Ticket>()
        .manager::<Secret>()
        .in_memory::<Note>()
}

const NAMES: [&str; 6] = ["Ada", "ada", "Bob", "hidden", "Zoë", ""];

/// The rows of a case: the names of regions, and of customers with their regions and ratings, and of tickets.
#[derive(Clone, Debug)]
struct World {
    regions: Vec<usize>,
    customers: Vec<(usize, Option<usize>, Option<i32>)>,
    tickets: Vec<(usize, usize, Option<usize>)>,
}

fn world() -> impl Strategy<Value = World> {
    let name = 0..NAMES.len();
    let regions = proptest::collection::vec(name.clone(), 1..4);
    let customer = (
        name.clone(),
        proptest::option::of(0..8_usize),
        proptest::option::of(0..4),
    );
    let customers = proptest::collection::vec(customer, 1..6);
    let ticket = (name, 0..8_usize, proptest::option::of(0..8_usize));
    (regions, customers, proptest::collection::vec(ticket, 1..10)).prop_map(
        |(regions, customers, tickets)| World {
            regions,
            customers,
            tickets,
        },
    )
}

/// A lookup of tickets, once as a filter and once in plain Rust.
#[derive(Clone, Copy, Debug)]
enum Ask {
    CustomerName(usize),
    CustomerContains(usize),
    CustomerRating(i32),
    CustomerRatingIsNull(bool),
    RegionName(usize),
    PreviousTitle(usize),
    RegionOfPrevious(usize),
    OwnTitle(usize),
    OwnPattern,
    Pattern,
}

fn ask() -> impl Strategy<Value = Ask> {
    let name = 0..NAMES.len();
    prop_oneof![
        name.clone().prop_map(Ask::CustomerName),
        name.clone().prop_map(Ask::CustomerContains),
        (0..4).prop_map(Ask::CustomerRating),
        any::<bool>().prop_map(Ask::CustomerRatingIsNull),
        name.clone().prop_map(Ask::RegionName),
        name.clone().prop_map(Ask::PreviousTitle),
        name.clone().prop_map(Ask::RegionOfPrevious),
        name.prop_map(Ask::OwnTitle),
        Just(Ask::OwnPattern),
        Just(Ask::Pattern),
    ]
}

fn lookup(ask: Ask) -> impl Fn(TicketFields) -> gm_runtime::query::Filter<Ticket> {
    move |t| match ask {
        Ask::CustomerName(name) => t.customer.name.eq(NAMES[name]),
        Ask::CustomerContains(name) => t.customer.name.icontains(NAMES[name]),
        Ask::CustomerRating(rating) => t.customer.rating.gte(rating),
        Ask::CustomerRatingIsNull(null) => t.customer.rating.is_null(null),
        Ask::RegionName(name) => t.customer.region.name.is_in([NAMES[name], "Bob"]),
        Ask::PreviousTitle(name) => t.previous.title.startswith(NAMES[name]),
        Ask::RegionOfPrevious(name) => t.previous.customer.region.name.iexact(NAMES[name]),
        Ask::OwnTitle(name) => t.title.eq(NAMES[name]),
        Ask::OwnPattern => t.title.regex("^[AB]"),
        Ask::Pattern => t.customer.name.regex("^[AB]"),
    }
}

/// The rows as they are stored, by their places.
struct Stored {
    regions: Vec<Region>,
    customers: Vec<Customer>,
    tickets: Vec<Ticket>,
}

impl Stored {
    /// Whether a ticket meets the lookup for a caller that sees all rows, or not the hidden ones.
    fn meets(&self, ticket: &Ticket, ask: Ask, sees_all: bool) -> bool {
        let is_seen = |name: &str| sees_all || name != "hidden";
        let customer_of = |ticket: &Ticket| {
            let customer = self
                .customers
                .iter()
                .find(|row| row.id == ticket.customer_id)
                .unwrap();
            Some(customer).filter(|row| is_seen(&row.name))
        };
        let region_of = |customer: &Customer| {
            let region = self
                .regions
                .iter()
                .find(|row| Some(row.id) == customer.region_id)?;
            Some(region).filter(|row| is_seen(&row.name))
        };
        let previous = || {
            let previous = self
                .tickets
                .iter()
                .find(|row| Some(row.id) == ticket.previous_id)?;
            Some(previous).filter(|row| is_seen(&row.title))
        };
        match ask {
            Ask::CustomerName(name) => customer_of(ticket).is_some_and(|row| row.name == NAMES[name]),
            Ask::CustomerContains(name) => customer_of(ticket)
                .is_some_and(|row| row.name.to_lowercase().contains(&NAMES[name].to_lowercase())),
            Ask::CustomerRating(rating) => {
                customer_of(ticket).is_some_and(|row| row.rating.is_some_and(|stored| stored >= rating))
            }
            Ask::CustomerRatingIsNull(null) => {
                customer_of(ticket).is_some_and(|row| row.rating.is_none() == null)
            }
            Ask::RegionName(name) => customer_of(ticket)
                .and_then(region_of)
                .is_some_and(|row| row.name == NAMES[name] || row.name == "Bob"),
            Ask::PreviousTitle(name) => previous().is_some_and(|row| row.title.starts_with(NAMES[name])),
            Ask::RegionOfPrevious(name) => previous()
                .and_then(customer_of)
                .and_then(region_of)
                .is_some_and(|row| row.name.to_lowercase() == NAMES[name].to_lowercase()),
            Ask::OwnTitle(name) => ticket.title == NAMES[name],
            Ask::OwnPattern => ticket.title.starts_with(['A', 'B']),
            Ask::Pattern => customer_of(ticket).is_some_and(|row| row.name.starts_with(['A', 'B'])),
        }
    }
}

async fn store(gm: &Gm, world: &World) -> Stored {
    for ticket in Ticket::order_by(|t| t.id.desc()).all(gm).await.unwrap() {
        ticket.delete(gm).await.unwrap();
    }
    for customer in &Customer::all(gm).await.unwrap() {
        customer.delete(gm).await.unwrap();
    }
    for region in &Region::all(gm).await.unwrap() {
        region.delete(gm).await.unwrap();
    }
    let mut stored = Stored {
        regions: Vec::new(),
        customers: Vec::new(),
        tickets: Vec::new(),
    };
    for name in &world.regions {
        let region = RegionCreate {
            name: NAMES[*name].replace(' ', "_"),
        };
        let region = match region.name.is_empty() {
            true => RegionCreate { name: "none".into() },
            false => region,
        };
        stored
            .regions
            .push(Region::create(region).exec(gm).await.unwrap());
    }
    let name_of = |name: usize| match NAMES[name] {
        "" => "none".to_owned(),
        name => name.to_owned(),
    };
    for (name, region, rating) in &world.customers {
        let region = region.map(|place| stored.regions[place % stored.regions.len()].id);
        let customer = Customer::create(CustomerCreate { name: name_of(*name) });
        let customer = customer.region_id(region).rating(*rating).exec(gm).await.unwrap();
        stored.customers.push(customer);
    }
    for (title, customer, previous) in &world.tickets {
        let customer_id = stored.customers[customer % stored.customers.len()].id;
        let previous = previous.and_then(|place| Some(stored.tickets.get(place)?.id));
        let ticket = Ticket::create(TicketCreate {
            title: name_of(*title),
            customer_id,
        });
        stored
            .tickets
            .push(ticket.previous_id(previous).exec(gm).await.unwrap());
    }
    stored
}

async fn ids(query: Query<Ticket>, gm: &Gm) -> Vec<i64> {
    let rows = query.all(gm).await.unwrap();
    assert_eq!(query.count(gm).await.unwrap(), rows.len() as u64);
    rows.iter().map(|row| row.id).collect()
}

/// Each case compares filters and excludes of two lookups, for the service's own code and for a caller.
async fn check(gm: &Gm, world: &World, asked: (Ask, Ask)) {
    let stored = store(gm, world).await;
    let staff = gm.acting_as(Principal::named("ada").with_groups(["staff"]));
    for (handle, sees_all) in [(gm, true), (&staff, false)] {
        let visible = || {
            let seen = |row: &&Ticket| sees_all || row.title != "hidden";
            stored.tickets.iter().filter(seen)
        };
        let meets =
            |row: &Ticket| stored.meets(row, asked.0, sees_all) && stored.meets(row, asked.1, sees_all);
        let both = |t| lookup(asked.0)(t) & lookup(asked.1)(t);
        let is_twice = std::mem::discriminant(&asked.0) == std::mem::discriminant(&asked.1);
        if is_twice {
            continue;
        }
        let found = ids(Ticket::filter(both), handle).await;
        let expected: Vec<_> = visible().filter(|row| meets(row)).map(|row| row.id).collect();
        assert_eq!(
            found, expected,
            "filter {asked:?} of {world:?}, sees all: {sees_all}"
        );
        let found = ids(Ticket::exclude(both), handle).await;
        let expected: Vec<_> = visible().filter(|row| !meets(row)).map(|row| row.id).collect();
        assert_eq!(
            found, expected,
            "exclude {asked:?} of {world:?}, sees all: {sees_all}"
        );
    }
}

async fn lookups_match_an_evaluation_in_memory(builder: GmBuilder, cases: u32) {
    let gm = builder.build().await.unwrap();
    let runtime = tokio::runtime::Handle::current();
    let run = move || {
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        });
        runner
            .run(&(world(), (ask(), ask())), |(world, asked)| {
                runtime.block_on(check(&gm, &world, asked));
                Ok(())
            })
            .unwrap();
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

async fn random_lookups(database: TestDatabase) {
    lookups_match_an_evaluation_in_memory(of(&database), 48).await;
}

async fn random_lookups_in_two_places(database: TestDatabase) {
    lookups_match_an_evaluation_in_memory(in_two_places(&database), 24).await;
}

#[tokio::test]
async fn random_lookups_in_memory() {
    lookups_match_an_evaluation_in_memory(in_memory(), 48).await;
}

async fn sample(gm: &Gm) {
    for name in ["Ada", "Bob"] {
        let customer = Customer::create(CustomerCreate { name: name.into() });
        let customer = customer.exec(gm).await.unwrap();
        let title = format!("of {name}");
        let ticket = TicketCreate {
            title,
            customer_id: customer.id,
        };
        Ticket::create(ticket).exec(gm).await.unwrap();
    }
}

/// A field and a manager that the caller may not read do not exist.
async fn what_a_caller_may_not_read_is_refused(gm: &Gm) {
    sample(gm).await;
    let caller = gm.acting_as(Principal::named("guest"));
    let denied = Ticket::filter(|t| t.customer.rating.gte(1)).all(&caller).await;
    assert!(
        matches!(denied, Err(Error::FieldDenied { field: "rating", .. })),
        "{denied:?}"
    );
    let denied = Ticket::exclude(|t| t.previous.customer.rating.is_null(true))
        .count(&caller)
        .await;
    assert!(
        matches!(denied, Err(Error::FieldDenied { field: "rating", .. })),
        "{denied:?}"
    );
    let denied = Note::filter(|n| n.secret.text.eq(1)).all(&caller).await;
    assert!(
        matches!(denied, Err(Error::NoPermissions { manager: "Secret" })),
        "{denied:?}"
    );
    assert_eq!(Note::filter(|n| n.secret.text.eq(1)).count(gm).await.unwrap(), 0);
}

/// Two lookups through one reference with one value each are one query, and the same lookup with two values is none.
async fn a_lookup_has_one_value(gm: &Gm) {
    let both = Ticket::filter(|t| t.customer.name.startswith("A") & t.customer.name.endswith("a"));
    assert_eq!(both.count(gm).await.unwrap(), 1);
    let twice = Ticket::filter(|t| t.customer.name.eq("Ada") & t.customer.name.eq("Bob"));
    let error = twice.all(gm).await.unwrap_err();
    assert!(
        matches!(&error, Error::Query(QueryError::Conflict { lookup, .. }) if lookup == "customer__name"),
        "{error}"
    );
    let null = Ticket::filter(|t| t.customer.rating.gt(None::<i32>))
        .all(gm)
        .await
        .unwrap_err();
    assert!(
        matches!(&null, Error::Query(QueryError::Null { lookup, .. }) if lookup == "customer__rating__gt"),
        "{null}"
    );
}

async fn refusals(database: TestDatabase) {
    let gm = of(&database).build().await.unwrap();
    what_a_caller_may_not_read_is_refused(&gm).await;
    a_lookup_has_one_value(&gm).await;
}

#[tokio::test]
async fn refusals_in_memory() {
    let gm = in_memory().build().await.unwrap();
    what_a_caller_may_not_read_is_refused(&gm).await;
    a_lookup_has_one_value(&gm).await;
}

/// Rows that are not in one database: their ids are read first, and bounded.
#[tokio::test]
async fn ids_that_are_read_first_are_bounded() {
    let gm = in_memory().max_related_ids(2).build().await.unwrap();
    for _ in 0..2 {
        sample(&gm).await;
    }
    let query = Ticket::filter(|t| t.customer.name.eq("Ada"));
    assert_eq!(query.count(&gm).await.unwrap(), 2);
    let many = Ticket::filter(|t| t.customer.name.icontains(""))
        .all(&gm)
        .await
        .unwrap_err();
    assert!(
        matches!(
            many,
            Error::Query(QueryError::TooManyRelated {
                reference: "customer",
                limit: 2,
                ..
            })
        ),
        "{many}"
    );
}

/// In one database there is no such limit.
async fn ids_in_one_database_are_not_read(database: TestDatabase) {
    let gm = of(&database).max_related_ids(1).build().await.unwrap();
    for _ in 0..3 {
        sample(&gm).await;
    }
    let query = Ticket::filter(|t| t.customer.name.icontains("a"));
    assert_eq!(query.count(&gm).await.unwrap(), 3);
    let counts = query.count_by(|t| t.title, &gm).await.unwrap();
    assert_eq!(counts, [("of Ada".to_owned(), 3)]);
    let in_transaction = gm.transaction(async |tx| {
        let updated = query.update_all().title("of Eve").exec(&tx).await?;
        Ok::<_, Error>((updated, query.count(&tx).await?))
    });
    assert_eq!(in_transaction.await.unwrap(), (3, 3));
}

/// A lookup inside of a transaction sees the transaction's writes.
async fn a_transaction_sees_its_writes(gm: &Gm) {
    sample(gm).await;
    let of_eve = || Ticket::filter(|t| t.customer.name.eq("Eve"));
    let counts = gm.transaction(async |tx| {
        let ada = Customer::filter(|c| c.name.eq("Ada")).one(&tx).await?;
        ada.update().name("Eve").exec(&tx).await?;
        of_eve().count(&tx).await
    });
    assert_eq!(counts.await.unwrap(), 1);
    assert_eq!(of_eve().count(gm).await.unwrap(), 1);
}

#[tokio::test]
async fn transactions_in_memory() {
    a_transaction_sees_its_writes(&in_memory().build().await.unwrap()).await;
}

#[tokio::test]
async fn transactions_on_sqlite() {
    let gm = of(&TestDatabase::sqlite()).build().await.unwrap();
    a_transaction_sees_its_writes(&gm).await;
}

/// A live query is read again when a row changes that it looks through.
async fn a_live_query_sees_changes_behind_a_reference(gm: &Gm) {
    use futures_util::TryStreamExt as _;
    sample(gm).await;
    let mut live = Ticket::filter(|t| t.customer.name.eq("Grace")).watch(gm);
    assert_eq!(live.try_next().await.unwrap().unwrap().len(), 0);
    let ada = Customer::filter(|c| c.name.eq("Ada")).one(gm).await.unwrap();
    ada.update().name("Grace").exec(gm).await.unwrap();
    assert_eq!(live.try_next().await.unwrap().unwrap().len(), 1);
    ada.update().name("Ada").exec(gm).await.unwrap();
    assert_eq!(live.try_next().await.unwrap().unwrap().len(), 0);
}

async fn live_queries(database: TestDatabase) {
    a_live_query_sees_changes_behind_a_reference(&of(&database).build().await.unwrap()).await;
}

#[tokio::test]
async fn live_queries_in_memory() {
    a_live_query_sees_changes_behind_a_reference(&in_memory().build().await.unwrap()).await;
}

on_each_database!(
    random_lookups,
    random_lookups_in_two_places,
    refusals,
    ids_in_one_database_are_not_read,
    live_queries,
);
