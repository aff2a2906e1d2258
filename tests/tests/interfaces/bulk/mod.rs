//! Writes of many rows at once: `create_many`, `update_all` and `delete_all`, on each storage of this service.

mod cascades;
mod events;
mod hidden_fields;
mod killed;
mod limits;
mod panics;
mod random;
mod refusals;
mod results;
mod sizes;
mod transactions;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use gm_runtime::access::Principal;
use gm_runtime::change::{Action, Change, Subscription};
use gm_runtime::field::Value;
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::database::TestDatabase;
use gm_tests::marker::{Marker, published};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A task of a tenant, with all kinds of rules that a write is judged by.
#[derive(Clone, Debug, PartialEq, GeneralManager, garde::Validate)]
#[database(table = "tasks")]
#[manager(validate)]
#[garde(allow_unvalidated)]
#[permission(
    read = tenant == caller.claim("tenant") | admin,
    create = tenant == caller.claim("tenant") | admin,
    update = status == "open" | admin,
    delete = status == "open" | admin,
)]
struct Task {
    #[field(id)]
    id: i64,
    tenant: i64,
    #[field(max_length = 12)]
    title: String,
    #[field(default = "open")]
    status: String,
    #[field(default)]
    #[garde(range(max = 90))]
    priority: i32,
    #[field(unique)]
    code: Option<String>,
    #[field(read = admin)]
    secret: Option<String>,
    #[field(update = admin)]
    label: Option<String>,
    #[field(preset_on_update = caller.name)]
    changed_by: Option<String>,
    #[field(version)]
    version: i64,
    #[field(created)]
    created: DateTime<Utc>,
    #[field(updated)]
    updated: DateTime<Utc>,
}

/// Makes a test on memory, on SQLite and on Postgres of each of these functions, which get a handle with [`Task`] and [`Marker`].
macro_rules! on_each_storage {
    ($($name:ident),* $(,)?) => {
        mod on_memory {
            $(#[tokio::test] async fn $name() {
                super::$name(super::super::in_memory().await).await;
            })*
        }
        mod on_sqlite {
            $(#[tokio::test] async fn $name() {
                super::$name(super::super::stored(&gm_tests::database::TestDatabase::sqlite()).await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test] async fn $name() {
                let database = gm_tests::database::TestDatabase::postgres().await;
                super::$name(super::super::stored(&database).await).await;
            })*
        }
    };
}
use on_each_storage;

/// Enough for the largest writes in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(100);

async fn in_memory() -> Gm {
    let builder = Gm::builder().in_memory::<Task>().in_memory::<Marker>();
    builder.bulk_time_limit(PATIENCE).build().await.unwrap()
}

fn in_database(database: &TestDatabase) -> GmBuilder {
    let builder = Gm::builder().database(database.url());
    builder.manager::<Task>().manager::<Marker>()
}

async fn stored(database: &TestDatabase) -> Gm {
    let builder = in_database(database).bulk_time_limit(PATIENCE);
    builder.build().await.unwrap()
}

/// The caller with this name, of a tenant.
fn tim() -> Principal {
    Principal::named("tim").with_claim("tenant", 1)
}

fn task(tenant: i64, title: impl Into<String>) -> TaskCreate {
    TaskCreate {
        tenant,
        title: title.into(),
    }
}

/// All tasks, ordered by id.
async fn tasks(gm: &Gm) -> Vec<Task> {
    Task::all(gm).await.unwrap().to_vec()
}

/// The changes of tasks from now on.
struct Recorder<'g> {
    gm: &'g Gm,
    changes: UnboundedReceiver<(Action, Option<i64>)>,
    _subscription: Subscription,
}

impl<'g> Recorder<'g> {
    async fn start(gm: &'g Gm) -> Self {
        // On Postgres the events of earlier writes may be on their way.
        published(gm).await;
        let (sender, changes) = unbounded_channel();
        let subscription = gm.on_change::<Task>(move |change: &Change| {
            let id = match change.id() {
                Some(Value::Integer(id)) => Some(*id),
                _ => None,
            };
            let _ = sender.send((change.action(), id));
        });
        Self {
            gm,
            changes,
            _subscription: subscription.unwrap(),
        }
    }

    /// The changes since the start, as a set.
    async fn take(&mut self) -> BTreeSet<(&'static str, Option<i64>)> {
        published(self.gm).await;
        let mut taken = BTreeSet::new();
        while let Ok((action, id)) = self.changes.try_recv() {
            assert!(taken.insert((action.name(), id)), "{action:?} {id:?} came twice");
        }
        taken
    }
}
