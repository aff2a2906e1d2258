//! The cache of one manager.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;

use super::answer::Encoder;
use super::group::Group;
use super::keys::Keys;
use super::sockets::Sockets;
use super::{
    CacheSettings, CacheStats, CachedAnswer, Invalidate, Lease, Reach, Reachability, Reads, RecentEntries,
    SendHook, Store, Validity, writes,
};
use crate::change::Topic;
use crate::client::{SubscriptionState, with_send_hook};
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::field::{Value, ValueType};
use crate::interface::{Representation, Written};
use crate::manager::{Description, Purpose, Record, Remote};
use crate::protocol::via;
use crate::query::{KeyMemo, Question, RecordPage, Select};

/// The cache of one manager's resource, with the state of its subscription.
pub(crate) struct ResourceCache {
    pub(super) description: &'static Description,
    pub(super) base_path: &'static str,
    pub(super) resource_name: &'static str,
    pub(super) protocol_version: &'static str,
    typed: Keys,
    json: Keys,
    recent_entries: RecentEntries<CachedAnswer>,
    pub(super) reads: Arc<Reads<CachedAnswer, Error>>,
    pub(super) resource: Arc<Group<Self>>,
    pub(super) topic: Arc<Topic>,
    pub(super) sockets: Mutex<Sockets>,
    pub(super) subscription: watch::Sender<SubscriptionState>,
    /// The number of the subscription that set `subscription`.
    pub(super) last_subscription: Mutex<u64>,
    reachability: Arc<Reachability>,
    pub(super) time_to_live: Option<Duration>,
    pub(super) best_effort_time_to_live: Duration,
}

/// How answers of one representation are cached.
pub(crate) struct Encoding {
    keys: Keys,
    encoder: Encoder,
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
            recent_entries: RecentEntries::default(),
            reads: Reads::new(validity, lease, Arc::clone(&settings.clock), store),
            resource,
            topic: Arc::new(Topic::of_another_service()),
            sockets: Mutex::default(),
            subscription: watch::Sender::new(SubscriptionState::Closed),
            last_subscription: Mutex::default(),
            reachability: Arc::default(),
            time_to_live: settings.time_to_live,
            best_effort_time_to_live: settings.best_effort_time_to_live,
        }
    }

    /// The cached answer to the question, if it is valid.
    pub(crate) fn cached(
        &self,
        question: &Question<'_>,
        memo: &KeyMemo,
        representation: Representation<'_>,
    ) -> Option<CachedAnswer> {
        let keys = self.keys(representation)?;
        let (key, reach) = match question {
            Question::List { .. } => (memo.key(question), Reach::List),
            Question::Row(id) => {
                let id_field = self.description.id_field();
                let id = id_field.normalize((*id).clone(), Purpose::Compare).ok()?;
                let key = row_key(&id);
                (key, Reach::Row(slot(key)))
            }
        };
        let key = keys.key(key);
        self.reads.recall(self.recent_entries.of(key), key, reach)
    }

    /// The rows of this select: the cached ones if they are valid, else those that `query` reads.
    pub(crate) async fn page<F>(
        &self,
        select: Select,
        fresh: bool,
        encoding: Encoding,
        query: impl FnOnce(Select) -> F + Send,
    ) -> Result<CachedAnswer, Error>
    where
        F: Future<Output = Result<RecordPage, Error>> + Send + 'static,
    {
        let question = Question::list(&select, select.count).key();
        let Encoding { keys, encoder } = encoding;
        let description = self.description;
        let fetch = |send_hook| {
            let reachability = Arc::clone(&self.reachability);
            let page = query(select);
            shared(description, send_hook, async move {
                let page = page.await;
                reachability.record(&page);
                encoder.page(page?)
            })
        };
        let key = (keys.key(question), via::chain());
        self.reads.read(key, Reach::List, fresh, fetch).await
    }

    /// The row with this id: the cached one if it is valid, else the one that `get` reads.
    pub(crate) async fn row<F>(
        &self,
        id: &Value,
        fresh: bool,
        encoding: Encoding,
        get: impl FnOnce(Value) -> F + Send,
    ) -> Result<CachedAnswer, Error>
    where
        F: Future<Output = Result<Record, Error>> + Send + 'static,
    {
        let question = row_key(id);
        let Encoding { keys, encoder } = encoding;
        let description = self.description;
        let fetch = |send_hook| {
            let reachability = Arc::clone(&self.reachability);
            let row = get(id.clone());
            shared(description, send_hook, async move {
                let row = row.await;
                reachability.record(&row);
                encoder.row(row?)
            })
        };
        let key = (keys.key(question), via::chain());
        self.reads
            .read(key, Reach::Row(slot(question)), fresh, fetch)
            .await
    }

    /// How answers in this representation are cached. `None` if they are not.
    pub(crate) fn encoding(&self, representation: Representation<'_>) -> Option<Encoding> {
        Some(Encoding {
            keys: self.keys(representation)?,
            encoder: Encoder::of(representation)?,
        })
    }

    fn keys(&self, representation: Representation<'_>) -> Option<Keys> {
        match representation {
            Representation::Typed(_) => Some(self.typed),
            Representation::Json(_) => Some(self.json),
            Representation::Records => None,
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
        let written = writes::write(&self.resource, row, via::inherit(sending), written_row);
        written.await.unwrap_or_else(|| {
            // The outcome of the write is unknown, so the error must not be retryable.
            let stopped = TransportError::new(TransportErrorKind::Stopped);
            Err(Error::Transport(Arc::new(stopped)))
        })
    }

    /// The reachability of the owner, as the reads observe it.
    pub(crate) fn reachability(&self) -> &Arc<Reachability> {
        &self.reachability
    }

    pub(crate) fn topic(&self) -> &Arc<Topic> {
        &self.topic
    }

    pub(crate) fn stats(&self) -> CacheStats {
        CacheStats::of(&self.reads)
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

/// A read that several callers can share. It calls the hook when its request is sent, and a panic in it, for example in a field's own
/// type, is an error for each caller. Otherwise the panic would reach only the caller that polls, and the others would wait forever.
fn shared<T>(
    description: &'static Description,
    send_hook: Arc<dyn SendHook>,
    reading: impl Future<Output = Result<T, Error>>,
) -> impl Future<Output = Result<T, Error>> {
    let reading = AssertUnwindSafe(with_send_hook(send_hook, via::inherit(reading))).catch_unwind();
    reading.map(|read| {
        read.unwrap_or_else(|_| {
            let manager = description.name();
            Err(Error::storage(anyhow::anyhow!("reading a `{manager}` panicked")))
        })
    })
}

fn row_key(row: &Value) -> u128 {
    Question::Row(row).key()
}

/// The row's hash for [`Validity`]. It depends only on the row.
fn slot(row_key: u128) -> u64 {
    row_key as u64
}
