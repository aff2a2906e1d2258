//! The cache of one manager.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;

use super::caches::{Answer, Resource};
use super::dispatch::Sockets;
use super::keys::Keys;
use super::{
    CacheSettings, CacheStats, Form, Invalidate as _, Lease, Reach, Reachability, Reads, RecentEntries,
    SendHook, Store, Validity, writes,
};
use crate::change::Topic;
use crate::client::{SubscriptionState, carried, chain, with_send_hook};
use crate::error::{Error, IdText, TransportError, TransportErrorKind};
use crate::field::{Value, ValueType};
use crate::interface::{ErasedInterface, InFlight, Write, Written};
use crate::manager::{Description, Remote};
use crate::query::{Question, Select};

/// The cache of one manager's resource, and the validity that keeps it true.
pub(crate) struct ResourceCache {
    pub(super) description: &'static Description,
    pub(super) base_path: &'static str,
    pub(super) resource_name: &'static str,
    pub(super) protocol_version: &'static str,
    typed: Keys,
    #[cfg(feature = "server")]
    json: Keys,
    recent_entries: RecentEntries<Answer>,
    pub(super) reads: Arc<Reads<Answer, Error>>,
    pub(super) resource: Arc<Resource>,
    pub(super) topic: Arc<Topic>,
    pub(super) sockets: Mutex<Sockets>,
    pub(super) subscription: watch::Sender<SubscriptionState>,
    /// The number of the subscription whose state this is.
    pub(super) last_subscription: Mutex<u64>,
    reachability: Arc<Reachability>,
    pub(super) time_to_live: Option<Duration>,
    pub(super) best_effort_time_to_live: Duration,
}

/// What a query that is kept knows of its readings, so that it is not hashed for each.
#[derive(Default)]
pub(crate) struct Asked {
    // Most queries are read once, and have nothing to remember.
    before: AtomicBool,
    question: OnceLock<u128>,
}

impl Asked {
    fn question(&self, select: &Select) -> u128 {
        let question = || Question::list(select, true).key();
        if self.before.load(Ordering::Relaxed) {
            *self.question.get_or_init(question)
        } else {
            self.before.store(true, Ordering::Relaxed);
            question()
        }
    }
}

impl ResourceCache {
    pub(super) fn new(
        description: &'static Description,
        remote: &Remote,
        settings: &CacheSettings,
        mut keys: impl FnMut() -> Keys,
        store: Store<Answer>,
        resource: Arc<Resource>,
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
            #[cfg(feature = "server")]
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

    /// The kept rows of this query, with their number on all pages, where they are still true.
    pub(crate) fn recall(&self, asked: &Asked, select: &Select) -> Option<Answer> {
        self.recall_key(self.typed.key(asked.question(select)), Reach::List)
    }

    /// The kept row of this id, where it is still true.
    pub(crate) fn recall_row(&self, id: &Value) -> Option<Answer> {
        let question = question(id);
        self.recall_key(self.typed.key(question), Reach::Row(slot(question)))
    }

    fn recall_key(&self, key: u128, reach: Reach) -> Option<Answer> {
        self.reads.recall(self.recent_entries.of(key), key, reach)
    }

    /// The rows of this query: kept ones where they are still true, else from the owner.
    pub(crate) async fn page(
        &self,
        interface: &Arc<dyn ErasedInterface>,
        select: Cow<'_, Select>,
        fresh: bool,
        form: Form,
    ) -> Result<Answer, Error> {
        let question = Question::list(&select, select.count).key();
        let key = self.keys(&form).key(question);
        let description = self.description;
        let fetch = |send_hook| {
            let interface = Arc::clone(interface);
            let reachability = Arc::clone(&self.reachability);
            let select = select.into_owned();
            shared(description, send_hook, async move {
                let page = interface.query(&select).await;
                reachability.record(&page);
                form.page(page?)
            })
        };
        self.reads.read((key, chain()), Reach::List, fresh, fetch).await
    }

    /// The row of this id: the kept one where it is still true, else from the owner.
    pub(crate) async fn row(
        &self,
        interface: &Arc<dyn ErasedInterface>,
        id: Value,
        fresh: bool,
        form: Form,
    ) -> Result<Answer, Error> {
        let question = question(&id);
        let reach = Reach::Row(slot(question));
        let key = self.keys(&form).key(question);
        let description = self.description;
        let fetch = |send_hook| {
            let interface = Arc::clone(interface);
            let reachability = Arc::clone(&self.reachability);
            shared(description, send_hook, async move {
                let record = interface.get(&id).await;
                reachability.record(&record);
                let Some(record) = record? else {
                    return Err(Error::NotFound {
                        manager: description.name(),
                        id: IdText::of(&id),
                    });
                };
                form.row(record)
            })
        };
        self.reads.read((key, chain()), reach, fresh, fetch).await
    }

    /// What makes the keys of answers of this form.
    fn keys(&self, form: &Form) -> Keys {
        match form {
            Form::Typed(_) => self.typed,
            #[cfg(feature = "server")]
            Form::Json(_) => self.json,
        }
    }

    /// Writes, and passes what was kept.
    pub(crate) async fn write(
        &self,
        interface: &Arc<dyn ErasedInterface>,
        write: Write,
        in_flight: InFlight,
    ) -> Result<Written, Error> {
        let id_index = self.description.id_index();
        let row = match &write {
            Write::Create(values) => values.get(id_index).cloned(),
            Write::Update(id, _) | Write::Delete(id, _) => Some(id.clone()),
        };
        self.reads.counters.writes.add();
        let written = writes::write(
            &self.resource,
            row,
            carried(interface.write(write, in_flight)),
            move |written| match written {
                Ok(Written::Row(record)) => Some(record.get(id_index).clone()),
                _ => None,
            },
        );
        written.await.unwrap_or_else(|| {
            // Whether it was carried out is not known, so this is no error that asks to try again.
            let stopped = TransportError::new(TransportErrorKind::Stopped);
            Err(Error::Transport(Arc::new(stopped)))
        })
    }

    /// What its reads tell of the owner.
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

    /// The same of every struct of the resource: whatever says that a row changed says it of all of them.
    pub(super) fn invalidate_everywhere(&self, id: Option<&Value>) {
        if self.resource.has_several() {
            self.resource.invalidate(id);
        } else {
            self.invalidate(id);
        }
    }

    /// What was answered about this row, or where there is none about any, is no longer true.
    pub(super) fn invalidate(&self, id: Option<&Value>) {
        match id {
            Some(id) if self.is_id(id) => self.reads.validity.invalidate(slot(question(id))),
            // Nothing, or what another manager of the same resource calls an id.
            _ => self.reads.validity.invalidate_all(),
        }
    }
}

/// A reading that others may share: it says when its request leaves, and a panic in it, such as one of a field's own type, is
/// an error for each of them. They would wait for ever, since the panic reaches only the one who polls it.
fn shared<T>(
    description: &'static Description,
    send_hook: Arc<dyn SendHook>,
    reading: impl Future<Output = Result<T, Error>>,
) -> impl Future<Output = Result<T, Error>> {
    let reading = AssertUnwindSafe(with_send_hook(send_hook, carried(reading))).catch_unwind();
    reading.map(|read| {
        read.unwrap_or_else(|_| {
            let manager = description.name();
            Err(Error::storage(anyhow::anyhow!("reading a `{manager}` panicked")))
        })
    })
}

fn question(row: &Value) -> u128 {
    Question::Row(row).key()
}

/// Where the validity marks a pass of the row: any part of a hash that only depends on the row.
fn slot(question: u128) -> u64 {
    question as u64
}
