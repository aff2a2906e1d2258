//! Notifications that this process sends itself, for changes that were made past the interface.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::change::Action;
use crate::interface::postgres::notification::{PayloadAction, without_row};

/// The most notifications that wait. The further ones are one refresh of each relation, and one of its grants if these changed.
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
    /// The relations whose grants are among these changes.
    grants: BTreeSet<u32>,
    manager_added: bool,
}

impl Outbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the payload of an action in this relation.
    pub(in crate::interface::postgres) fn add(&self, relation: u32, action: PayloadAction, payload: String) {
        let mut waiting = self.waiting();
        if waiting.payloads.len() < CAPACITY && waiting.refreshes.is_empty() {
            waiting.payloads.push_back(payload);
        } else {
            waiting.refreshes.insert(relation);
            // A refresh evaluates no rule, so the other replicas would judge changes by grants that have ended.
            if action == PayloadAction::Grants {
                waiting.grants.insert(relation);
            }
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
            let (refresh, grants) = (PayloadAction::Change(Action::Refresh), PayloadAction::Grants);
            let refreshes = std::mem::take(&mut waiting.refreshes).into_iter();
            payloads.extend(refreshes.map(|relation| without_row(relation, refresh)));
            let regranted = std::mem::take(&mut waiting.grants).into_iter();
            payloads.extend(regranted.map(|relation| without_row(relation, grants)));
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

#[cfg(test)]
mod tests {
    use super::{Action, Arc, CAPACITY, Outbox, PayloadAction};

    const UPDATE: PayloadAction = PayloadAction::Change(Action::Update);

    #[test]
    fn changes_beyond_the_capacity_are_one_refresh_of_their_relation() {
        let outbox = Arc::new(Outbox::default());
        for number in 0..CAPACITY + 500 {
            outbox.add(7, UPDATE, number.to_string());
        }
        outbox.add(8, UPDATE, "8".to_owned());
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

    #[test]
    fn grants_beyond_the_capacity_are_announced_after_the_refreshes() {
        let outbox = Arc::new(Outbox::default());
        for number in 0..CAPACITY {
            outbox.add(7, UPDATE, number.to_string());
        }
        outbox.add(8, PayloadAction::Grants, "grants".to_owned());
        outbox.add(7, UPDATE, "last".to_owned());
        let all = outbox.take(usize::MAX);
        let rest = all.payloads().get(CAPACITY..).unwrap_or_default();
        let has = |relation: u32, action: &str| {
            let (relation, action) = (format!(r#""t":"{relation}""#), format!(r#""a":"{action}""#));
            move |text: &String| text.contains(&relation) && text.contains(&action)
        };
        assert_eq!(rest.len(), 3, "{rest:?}");
        let place = |wanted: &dyn Fn(&String) -> bool| rest.iter().position(wanted);
        assert!(
            place(&has(7, "r")).is_some() && place(&has(8, "r")).is_some(),
            "{rest:?}"
        );
        assert_eq!(place(&has(8, "g")), Some(2), "{rest:?}");
        all.sent();
        assert!(outbox.take(usize::MAX).payloads().is_empty());
    }
}
