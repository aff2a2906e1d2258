//! The promise with rules that depend on the row: an owner, three consumers with different sights, and random writes that move
//! rows in and out of sight.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use gm_runtime::access::Principal;
use gm_runtime::change::{Action, Subscription};
use gm_runtime::client::SubscriptionState;
use gm_runtime::field::{FieldType as _, Value};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "orders")]
#[permission(read = admin | tenant == caller.claim("tenant"))]
#[remote_api(resource = "orders", allow_filter, allow_detail, websocket_invalidation)]
struct Order {
    #[field(id)]
    id: i64,
    tenant: i64,
    title: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://orders.test", resource = "orders", websocket_invalidation)]
struct RemoteOrder {
    #[field(id)]
    id: i64,
    tenant: i64,
    title: String,
}

/// The last one is an administrator.
const CALLERS: usize = 3;
/// One more than the callers of one tenant, so that rows leave the sight of both.
const TENANTS: i64 = 3;

fn principal(caller: usize) -> Principal {
    let named = Principal::named(format!("caller-{caller}"));
    match caller {
        2 => named.as_admin(),
        caller => named.with_claim("tenant", caller),
    }
}

fn sees(caller: usize, tenant: i64) -> bool {
    caller == 2 || i64::try_from(caller) == Ok(tenant)
}

#[derive(Clone, Debug)]
enum Step {
    Create(i64),
    /// Moves one of the rows to a tenant.
    Move(usize, i64),
    Rename(usize),
    Delete(usize),
    Read(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..TENANTS).prop_map(Step::Create),
        4 => (0..8_usize, 0..TENANTS).prop_map(|(row, tenant)| Step::Move(row, tenant)),
        2 => (0..8_usize).prop_map(Step::Rename),
        1 => (0..8_usize).prop_map(Step::Delete),
        5 => (0..CALLERS).prop_map(Step::Read),
    ]
}

/// The changes that a consumer received, with the ids of their rows.
type Received = Arc<Mutex<Vec<(Action, Option<i64>)>>>;

/// A consumer, and the changes that it received.
struct Consumer {
    gm: Gm,
    received: Received,
    _subscription: Subscription,
}

impl Consumer {
    async fn of(address: &str, caller: usize) -> Self {
        let builder = Gm::builder().base_url("http://orders.test", address);
        let builder = builder.bearer_token(format!("caller-{caller}"));
        let gm = builder.build().await.unwrap();
        let mut state = gm.subscription::<RemoteOrder>().unwrap();
        state.wait_for(SubscriptionState::is_live).await.unwrap();
        let received = Received::default();
        let sink = Arc::clone(&received);
        let subscription = gm.on_change::<RemoteOrder>(move |change| {
            let id = change.id().cloned().map(|id: Value| i64::from_value(id).unwrap());
            sink.lock().unwrap().push((change.action(), id));
        });
        Self {
            gm,
            received,
            _subscription: subscription.unwrap(),
        }
    }

    /// Reads all rows, which caches the list, and each of them.
    async fn read(&self) -> Vec<(i64, i64, String)> {
        let rows = RemoteOrder::query().order_by(|order| order.id.asc());
        let rows = rows.all(&self.gm).await.unwrap();
        rows.iter()
            .map(|order| (order.id, order.tenant, order.title.clone()))
            .collect()
    }

    fn hits(&self) -> u64 {
        self.gm.cache_stats::<RemoteOrder>().unwrap().unwrap().hits
    }
}

/// What the test knows of the owner's rows, and of the events that each caller is to receive.
#[derive(Default)]
struct World {
    rows: BTreeMap<i64, i64>,
    expected: [Vec<(Action, Option<i64>)>; CALLERS],
    seen: [HashSet<i64>; CALLERS],
}

impl World {
    fn change(&mut self, id: i64, after: Option<i64>) {
        let before = self.rows.remove(&id);
        self.rows.extend(after.map(|tenant| (id, tenant)));
        for caller in 0..CALLERS {
            let [before, after] =
                [before, after].map(|tenant| tenant.is_some_and(|tenant| sees(caller, tenant)));
            if before || after {
                self.seen[caller].insert(id);
            }
            let action = match (before, after) {
                (false, false) => continue,
                (false, true) => Action::Create,
                (true, false) => Action::Delete,
                (true, true) => Action::Update,
            };
            self.expected[caller].push((action, Some(id)));
        }
    }

    fn row(&self, number: usize) -> Option<i64> {
        let number = number.checked_rem(self.rows.len())?;
        self.rows.keys().nth(number).copied()
    }
}

async fn run(steps: Vec<Step>) -> u64 {
    let builder = (0..CALLERS).fold(Gm::builder().database("sqlite::memory:"), |builder, caller| {
        builder.accept_bearer_token(format!("caller-{caller}"), principal(caller))
    });
    let owner = Running::start(builder.expose::<Order>()).await.unwrap();
    let address = format!("http://{}", owner.address);
    let mut consumers = Vec::new();
    for caller in 0..CALLERS {
        consumers.push(Consumer::of(&address, caller).await);
    }
    let mut world = World::default();
    for (number, step) in steps.into_iter().enumerate() {
        let title = format!("step {number}");
        match step {
            Step::Create(tenant) => {
                let created = Order::create(OrderCreate { tenant, title });
                world.change(created.exec(&owner.gm).await.unwrap().id, Some(tenant));
            }
            Step::Move(row, tenant) => {
                let Some(id) = world.row(row) else { continue };
                let moved = Order::by_id(id).update().tenant(tenant).title(title);
                moved.exec(&owner.gm).await.unwrap();
                world.change(id, Some(tenant));
            }
            Step::Rename(row) => {
                let Some(id) = world.row(row) else { continue };
                let renamed = Order::by_id(id).update().title(title);
                renamed.exec(&owner.gm).await.unwrap();
                let tenant = world.rows[&id];
                world.change(id, Some(tenant));
            }
            Step::Delete(row) => {
                let Some(id) = world.row(row) else { continue };
                Order::by_id(id).delete(&owner.gm).await.unwrap();
                world.change(id, None);
            }
            Step::Read(caller) => {
                consumers[caller].read().await;
            }
        }
        for (caller, consumer) in consumers.iter().enumerate() {
            settled(&world, caller, consumer).await;
            let fresh = Order::query().order_by(|order| order.id.asc());
            let fresh = fresh.all(&owner.gm.acting_as(principal(caller))).await.unwrap();
            let fresh: Vec<_> = fresh
                .iter()
                .map(|order| (order.id, order.tenant, order.title.clone()))
                .collect();
            assert_eq!(consumer.read().await, fresh, "caller {caller} after {number}");
        }
    }
    let hits = consumers.iter().map(Consumer::hits).sum();
    owner.stop().await.unwrap();
    hits
}

/// Waits until the consumer has received what it is to receive, and asserts that it received nothing else.
async fn settled(world: &World, caller: usize, consumer: &Consumer) {
    let expected = &world.expected[caller];
    loop {
        let received = consumer.received.lock().unwrap().clone();
        for (event, expected) in received.iter().zip(expected) {
            assert_eq!(event, expected, "caller {caller}");
        }
        let ids = received.iter().filter_map(|(_, id)| *id);
        assert!(ids.clone().all(|id| world.seen[caller].contains(&id)));
        assert!(
            received.len() <= expected.len(),
            "{received:?} for caller {caller}"
        );
        if received.len() == expected.len() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn no_cache_of_a_caller_is_stale_and_no_caller_learns_of_a_row_that_it_never_saw() {
    let config = ProptestConfig {
        cases: 12,
        rng_seed: RngSeed::Fixed(12),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let hits = AtomicU64::new(0);
    TestRunner::new(config)
        .run(&proptest::collection::vec(step(), 1..40), |steps| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            hits.fetch_add(runtime.block_on(run(steps)), Ordering::Relaxed);
            Ok(())
        })
        .unwrap();
    let hits = hits.into_inner();
    assert!(hits > 100, "the caches served {hits} reads only");
}
