//! The cache of one manager.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;

use super::group::Group;
use super::identity::change_identity;
use super::keys::Keys;
use super::miss_cause::MissCounters;
use super::sockets::Sockets;
use super::{
    CacheSettings, CacheStats, CachedAnswer, Invalidate, Lease, MissCause, Reach, Reachability, Reads,
    RecentEntries, Store, Validity, writes,
};
use crate::change::Topic;
use crate::client::SubscriptionState;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::features::telemetry::{CacheMetrics, CacheSample};
use crate::field::{Value, ValueType};
use crate::health::{SubscriptionHealth, SubscriptionStatus};
use crate::interface::Written;
use crate::manager::{Description, Remote};
use crate::protocol::loop_detection;
use crate::query::Question;
use crate::trace;

/// The cache of one manager's resource, with the state of its subscription.
pub(crate) struct ResourceCache {
    pub(super) description: &'static Description,
    pub(super) base_path: &'static str,
    pub(super) resource_name: &'static str,
    pub(super) protocol_version: &'static str,
    pub(super) typed: Keys,
    pub(super) json: Keys,
    pub(super) records: Keys,
    pub(super) recent_entries: RecentEntries<CachedAnswer>,
    pub(super) reads: Arc<Reads<CachedAnswer, Error>>,
    pub(super) resource: Arc<Group<Self>>,
    pub(super) topic: Arc<Topic>,
    pub(super) sockets: Mutex<Sockets>,
    pub(super) subscription: watch::Sender<SubscriptionState>,
    /// The number of the subscription that set `subscription`.
    pub(super) last_subscription: Mutex<u64>,
    pub(super) reachability: Arc<Reachability>,
    misses: MissCounters,
    metrics: CacheMetrics,
    /// Whether the handle opens a subscription of its own.
    is_subscribed: bool,
    pub(super) time_to_live: Option<Duration>,
    pub(super) best_effort_time_to_live: Duration,
}

impl ResourceCache {
    pub(super) fn new(
        description: &'static Description,
        remote: &Remote,
        settings: &CacheSettings,
        mut keys: impl FnMut() -> Keys,
        store: Store<CachedAnswer>,
        resource: Arc<Group<Self>>,
    ) -> Self {
        let subscribed = remote.websocket_invalidation() && !settings.manual_invalidation;
        let validity = Validity::new(settings.time_to_live.is_some() && !subscribed);
        let lease = Lease::new(settings.max_staleness());
        lease.limit_age(settings.time_to_live);
        Self {
            description,
            base_path: remote.base_path(),
            resource_name: remote.resource(),
            protocol_version: remote.protocol_version(),
            typed: keys(),
            json: keys(),
            records: keys(),
            recent_entries: RecentEntries::default(),
            reads: Reads::new(validity, lease, Arc::clone(&settings.clock), store),
            resource,
            topic: Arc::new(Topic::of_remote()),
            sockets: Mutex::default(),
            subscription: watch::Sender::new(SubscriptionState::Closed),
            last_subscription: Mutex::default(),
            reachability: Arc::default(),
            misses: MissCounters::default(),
            metrics: CacheMetrics::new(
                description.name(),
                remote.resource(),
                &MissCause::ALL.map(MissCause::as_str),
            ),
            is_subscribed: subscribed,
            time_to_live: settings.time_to_live,
            best_effort_time_to_live: settings.best_effort_time_to_live,
        }
    }

    /// Runs the write, and invalidates the answers that it concerns before it returns.
    pub(crate) async fn write(
        &self,
        row: Option<Value>,
        sending: impl Future<Output = Result<Written, Error>> + Send + 'static,
    ) -> Result<Written, Error> {
        let id_index = self.description.id_index();
        self.reads.counters.writes.add();
        let written_row = move |written: &Result<Written, Error>| match written {
            Ok(Written::Row(record)) => Some(record.get(id_index).clone()),
            _ => None,
        };
        let written = writes::write(
            &self.resource,
            row,
            trace::inherit(loop_detection::inherit(sending)),
            written_row,
        );
        written.await.unwrap_or_else(|| {
            // The outcome of the write is unknown, so the error must not be retryable.
            let stopped = TransportError::new(TransportErrorKind::Stopped);
            Err(Error::Transport(Arc::new(stopped)))
        })
    }

    /// The credentials of the requests stand for this identity from now on.
    pub(crate) fn change_identity(&self, identity: u64) {
        change_identity(&self.reads, identity);
    }

    /// The credential of the requests ends at this time. Cached answers are not served after it.
    pub(crate) fn end_with_credential(&self, end: Option<Duration>) {
        self.reads.lease.end_with_credential(end);
    }

    /// The reachability of the owner, as the reads observe it.
    pub(crate) fn reachability(&self) -> &Arc<Reachability> {
        &self.reachability
    }

    /// The number of changes so far, if each change of the rows is known from now on: a subscription is live and its owner
    /// guarantees its events.
    pub(crate) fn reliable_epoch(&self) -> Option<u64> {
        self.reads.reliable_epoch()
    }

    pub(crate) fn resource_name(&self) -> &'static str {
        self.resource_name
    }

    pub(crate) fn topic(&self) -> &Arc<Topic> {
        &self.topic
    }

    /// The state of the subscription. `None` if the manager opens none.
    pub(crate) fn health(&self) -> Option<SubscriptionHealth> {
        self.is_subscribed.then(|| SubscriptionHealth {
            manager: self.description.name(),
            status: self.subscription.borrow().status(),
            lease_age: self.reads.lease.age(self.reads.now()),
        })
    }

    pub(crate) fn stats(&self) -> CacheStats {
        CacheStats::of(&self.reads, self.misses.numbers())
    }

    /// Counts a read that sends a request.
    pub(super) fn count_miss(&self, key: u128, reach: Reach, fresh: bool) {
        let cause = match self.reads.store.get(key) {
            _ if fresh => MissCause::Fresh,
            None => MissCause::Absent,
            Some(entry) => {
                let Reads { validity, lease, .. } = &*self.reads;
                MissCause::of_stamp(validity, lease, reach, entry.stamp, self.reads.now())
            }
        };
        self.misses.add(cause);
    }

    /// Takes the counters over into the metrics.
    pub(crate) fn collect(&self) {
        let stats = self.stats();
        let subscription = self.health();
        self.metrics.set(&CacheSample {
            hits: stats.hits,
            misses: stats.misses,
            joins: stats.joins,
            discarded: stats.discarded,
            causes: &stats.causes,
            invalidations: [stats.events, stats.refreshes, stats.writes, stats.opened],
            live: subscription.is_some_and(|subscription| subscription.status == SubscriptionStatus::Live),
            lease_age: stats.lease_age,
        });
    }

    fn is_id(&self, id: &Value) -> bool {
        matches!(
            (self.description.id_field().value_type(), id),
            (ValueType::Integer { .. }, Value::Integer(_))
                | (ValueType::Text, Value::Text(_))
                | (ValueType::Uuid, Value::Uuid(_))
        )
    }

    /// Invalidates the caches of all structs of the resource.
    #[inline]
    pub(super) fn invalidate_everywhere(&self, id: Option<&Value>) {
        if self.resource.has_several() {
            self.resource.invalidate(id);
        } else {
            self.invalidate(id);
        }
    }

    /// Invalidates the answers about this row, or without an id all answers.
    pub(super) fn invalidate(&self, id: Option<&Value>) {
        match id {
            Some(id) if self.is_id(id) => self.reads.validity.invalidate(slot(row_key(id))),
            // No id, or an id of the type of another manager of the resource.
            _ => self.reads.validity.invalidate_all(),
        }
    }
}

impl Invalidate for Group<ResourceCache> {
    type Id = Value;

    fn invalidate(&self, row: Option<&Value>) {
        for member in self.members() {
            member.invalidate(row);
        }
    }
}

/// The key of the question for this row.
#[inline]
pub(super) fn row_key(row: &Value) -> u128 {
    Question::Row(row).key()
}

/// The row's hash for [`Validity`]. It depends only on the row.
#[inline]
pub(super) fn slot(row_key: u128) -> u64 {
    row_key as u64
}
