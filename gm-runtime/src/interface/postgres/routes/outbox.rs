//! Notifications that this process sends itself, for changes that were made past the interface.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::interface::postgres::notification::PREFIX;

/// The most notifications that wait. The further ones are one refresh of each relation.
const CAPACITY: usize = 1_024;

/// Notifications that wait until the change feed sends them. They wait also while it has no connection.
#[derive(Debug, Default)]
pub(in crate::interface::postgres) struct Outbox {
    waiting: Mutex<Waiting>,
    added: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    payloads: VecDeque<String>,
    /// The relations with more changes than fit.
    refreshes: BTreeSet<u32>,
    manager_added: bool,
}

impl Outbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the payload of a change in this relation.
    pub(in crate::interface::postgres) fn add(&self, relation: u32, payload: String) {
        let mut waiting = self.waiting();
        if waiting.payloads.len() < CAPACITY && waiting.refreshes.is_empty() {
            waiting.payloads.push_back(payload);
        } else {
            waiting.refreshes.insert(relation);
        }
        drop(waiting);
        self.added.notify_one();
    }

    /// Makes the feed read the catalog for a new manager.
    pub(in crate::interface::postgres) fn manager_added(&self) {
        self.waiting().manager_added = true;
        self.added.notify_one();
    }

    /// Whether a manager was added since the last call.
    pub(in crate::interface::postgres) fn take_manager_added(&self) -> bool {
        std::mem::take(&mut self.waiting().manager_added)
    }

    /// Waits for an addition since the last call.
    pub(in crate::interface::postgres) async fn added(&self) {
        self.added.notified().await;
    }

    /// Takes the oldest payloads, about so many. They return to the outbox unless they are [sent](Taken::sent).
    pub(in crate::interface::postgres) fn take(self: &Arc<Self>, most: usize) -> Taken {
        let mut waiting = self.waiting();
        let count = waiting.payloads.len().min(most);
        let mut payloads: Vec<_> = waiting.payloads.drain(..count).collect();
        if waiting.payloads.is_empty() {
            let refreshes = std::mem::take(&mut waiting.refreshes).into_iter();
            payloads.extend(refreshes.map(refresh));
        }
        Taken {
            outbox: Arc::clone(self),
            payloads,
        }
    }
}

impl Taken {
    pub(in crate::interface::postgres) fn payloads(&self) -> &[String] {
        &self.payloads
    }

    /// The payloads were sent.
    pub(in crate::interface::postgres) fn sent(mut self) {
        self.payloads.clear();
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut waiting = self.outbox.waiting();
        for payload in self.payloads.drain(..).rev() {
            waiting.payloads.push_front(payload);
        }
    }
}

/// Payloads that are being sent. If it is unknown whether they were, they are sent again: an event may arrive twice.
pub(in crate::interface::postgres) struct Taken {
    outbox: Arc<Outbox>,
    payloads: Vec<String>,
}

fn refresh(relation: u32) -> String {
    format!(
        "{}{}",
        PREFIX,
        serde_json::json!({ "i": Uuid::new_v4().to_string(), "t": relation.to_string(), "a": "r" })
    )
}

#[cfg(test)]
mod tests {
    use super::{Arc, CAPACITY, Outbox};

    #[test]
    fn changes_beyond_the_capacity_are_one_refresh_of_their_relation() {
        let outbox = Arc::new(Outbox::default());
        for number in 0..CAPACITY + 500 {
            outbox.add(7, number.to_string());
        }
        outbox.add(8, "8".to_owned());
        assert_eq!(outbox.take(CAPACITY - 1).payloads().len(), CAPACITY - 1);
        let all = outbox.take(usize::MAX);
        let taken = all.payloads();
        assert_eq!(taken.len(), CAPACITY + 2, "those that were not sent returned");
        assert_eq!(taken.first().map(String::as_str), Some("0"));
        assert!(
            taken.iter().rev().take(2).all(|text| text.contains(r#""a":"r""#)),
            "{taken:?}"
        );
        all.sent();
        assert!(outbox.take(usize::MAX).payloads().is_empty());
    }
}
