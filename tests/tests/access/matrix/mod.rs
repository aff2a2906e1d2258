//! Operation × rule × field × row × caller × channel, against the same rules in plain Rust.
//!
//! Rows, callers, rules of the application's own and requests are random, and depend on `GM_SEED` only. A caller's groups turn
//! the parts of the rules on. `GM_CELLS` is the number of cells in each storage, 2,000 if it is not set.

mod bench;
mod caller;
mod cell;
mod expected;
mod failure;
mod items;
mod own_rule;
mod proposal;
mod query;
mod reads;
mod row;
mod rules;
mod verdict;
mod watcher;
mod world;
mod writes;

use gm_runtime::client::SubscriptionState;
use gm_runtime::{Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::marker::Marker;
use gm_tests::postgres::Database;
use gm_tests::random::{self, Random};

use self::bench::Bench;
use self::caller::HeaderCaller;
use self::items::{
    Item, gateway_callers, gateway_rows, judging_callers, judging_rows, owned_callers, owned_rows,
    shelf_callers, shelf_rows, table_callers, table_rows,
};
use self::world::Storage;

/// The operations between two sets of rows and callers.
const OPERATIONS: usize = 100;

fn cells() -> usize {
    std::env::var("GM_CELLS").map_or(2_000, |cells| cells.parse().unwrap())
}

fn with_callers(builder: GmBuilder) -> GmBuilder {
    builder.authenticator(HeaderCaller)
}

/// Compares cells of both sets of rules. `stored` is the handle whose managers store the rows.
async fn compare<Rows, StoredRows, Callers, StoredCallers>(storage: Storage, service: &Running, stored: &Gm)
where
    Rows: Item,
    StoredRows: Item,
    Callers: Item,
    StoredCallers: Item,
{
    let seed = random::seed(12);
    let random = &mut Random::new(seed);
    let (gm, address) = (&service.gm, service.address);
    let mut rows = Bench::<Rows, StoredRows>::new(seed, storage, gm, stored, address);
    let mut callers = Bench::<Callers, StoredCallers>::new(seed, storage, gm, stored, address);
    while rows.cells + callers.cells < cells() {
        rows.round(random, OPERATIONS).await;
        callers.round(random, OPERATIONS / 4).await;
    }
}

async fn compare_service<Rows: Item, Callers: Item>(storage: Storage, builder: GmBuilder) {
    let service = Running::start(with_callers(builder)).await.unwrap();
    compare::<Rows, Rows, Callers, Callers>(storage, &service, &service.gm).await;
    service.stop().await.unwrap();
}

#[tokio::test]
async fn memory() {
    use table_callers::Item as Callers;
    use table_rows::Item as Rows;
    let builder = Gm::builder().in_memory::<Rows>().in_memory::<Callers>();
    let builder = builder.expose::<Rows>().expose::<Callers>();
    compare_service::<Rows, Callers>(Storage::Memory, builder).await;
}

#[tokio::test]
async fn sqlite() {
    use table_callers::Item as Callers;
    use table_rows::Item as Rows;
    let builder = Gm::builder().database("sqlite::memory:");
    let builder = builder.expose::<Rows>().expose::<Callers>();
    compare_service::<Rows, Callers>(Storage::Sqlite, builder).await;
}

#[tokio::test]
async fn postgres() {
    use table_callers::Item as Callers;
    use table_rows::Item as Rows;
    let database = Database::create().await;
    let builder = Gm::builder().database(database.url()).manager::<Marker>();
    let builder = builder.expose::<Rows>().expose::<Callers>();
    compare_service::<Rows, Callers>(Storage::Postgres, builder).await;
}

#[tokio::test]
async fn own_storage() {
    use shelf_callers::Item as Callers;
    use shelf_rows::Item as Rows;
    let builder = Gm::builder().expose::<Rows>().expose::<Callers>();
    compare_service::<Rows, Callers>(Storage::Own, builder).await;
}

#[tokio::test]
async fn own_storage_that_applies_conditions() {
    use judging_callers::Item as Callers;
    use judging_rows::Item as Rows;
    let builder = Gm::builder().expose::<Rows>().expose::<Callers>();
    compare_service::<Rows, Callers>(Storage::OwnWithConditions, builder).await;
}

#[tokio::test]
async fn a_gateway() {
    use gateway_callers::Item as Callers;
    use gateway_rows::Item as Rows;
    use owned_callers::Item as StoredCallers;
    use owned_rows::Item as StoredRows;
    let owner = Gm::builder()
        .in_memory::<StoredRows>()
        .in_memory::<StoredCallers>();
    let owner = owner.expose::<StoredRows>().expose::<StoredCallers>();
    let owner = Running::start(owner).await.unwrap();
    let builder = Gm::builder().base_url("http://owner.test", format!("http://{}", owner.address));
    let builder = builder.expose::<Rows>().expose::<Callers>();
    let service = Running::start(with_callers(builder)).await.unwrap();
    for mut subscription in [
        service.gm.subscription::<Rows>().unwrap(),
        service.gm.subscription::<Callers>().unwrap(),
    ] {
        subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    }
    compare::<Rows, StoredRows, Callers, StoredCallers>(Storage::Gateway, &service, &owner.gm).await;
    service.stop().await.unwrap();
    owner.stop().await.unwrap();
}
