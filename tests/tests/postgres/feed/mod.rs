//! The events of several replicas: two handles of one process are two replicas.

mod classes;
mod grants;
mod loss;
mod other_programs;
mod payloads;
mod replicas;
mod side_effects;
mod triggers;
mod values;
mod views;

use std::time::Duration;

use gm_runtime::access::Principal;
use gm_runtime::change::{Action, Change, Event, Subscription};
use gm_runtime::field::Value;
use gm_runtime::{GeneralManager, Gm, GmBuilder, Manager};
use gm_tests::postgres::Database;
use tokio::sync::mpsc;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public)]
#[remote_api(base_path = "/internal/gm", resource = "tickets", websocket_invalidation)]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
}

/// An id that no row has. Its event marks a place in the order of all events.
const MARK: i64 = -1;

/// So long that a busy machine does not lose the feed.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// A replica.
fn replica(database: &Database) -> GmBuilder {
    Gm::builder()
        .database(database.url())
        .database_heartbeat(HEARTBEAT)
}

/// The handle as this caller.
fn as_caller(gm: &Gm, name: &str) -> Gm {
    gm.acting_as(Principal::named(name.to_owned()))
}

fn ticket(title: &str) -> TicketCreate {
    TicketCreate {
        title: title.to_owned(),
    }
}

fn change(action: Action, id: i64) -> Change {
    Change::row(action, Value::Integer(id))
}

/// The changes that a subscriber receives.
struct Subscriber {
    changes: mpsc::UnboundedReceiver<Change>,
    _subscription: Subscription,
}

impl Subscriber {
    fn of<M: Manager>(gm: &Gm) -> Self {
        let (sender, changes) = mpsc::unbounded_channel();
        let subscription = gm.on_change::<M>(move |change| drop(sender.send(change.clone())));
        Self {
            changes,
            _subscription: subscription.unwrap(),
        }
    }

    async fn next(&mut self) -> Change {
        self.changes.recv().await.unwrap()
    }

    /// The changes before the next one for which this holds.
    async fn until(&mut self, is_last: impl Fn(&Change) -> bool) -> Vec<Change> {
        let mut changes = Vec::new();
        loop {
            let change = self.next().await;
            if is_last(&change) {
                return changes;
            }
            changes.push(change);
        }
    }

    /// The changes of `M` that were committed before this call, on any replica.
    async fn received<M: Manager<Id = i64>>(&mut self, gm: &Gm) -> Vec<Change> {
        gm.publish::<M>(Event::Delete(MARK)).unwrap();
        self.until(|change| *change == self::change(Action::Delete, MARK))
            .await
    }
}
