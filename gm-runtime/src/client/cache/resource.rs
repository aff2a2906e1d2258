//! The cache of one manager, in a handle.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;

use super::events::pass_and_tell;
use super::keys::Key;
use super::{CacheSettings, CacheStats, Fence, Lease, Live, Passes, Reach, Reads, Store, writes};
use crate::change::{Action, Change, Coverage, Topic};
use crate::client::invalidation::{InvalidationEvent, SubscriptionState};
use crate::error::{Error, IdText};
use crate::field::{Value, ValueType};
use crate::interface::{ErasedInterface, Write, Written};
use crate::manager::{Description, Record, Remote};
use crate::protocol::values;
use crate::query::{KeyHasher, Page, RecordPage, Select};

/// An answer, decoded and shared: `Page<M>` or `M`.
type Answer = Arc<dyn Any + Send + Sync>;

/// The caches of a handle's managers.
pub(crate) struct Caches {
    settings: CacheSettings,
    store: Store<Answer>,
    hasher: KeyHasher,
    resources: Mutex<HashMap<Address, Arc<Resource>>>,
}

/// Where a resource is, wherever the manager that names it says so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Address {
    base_url: String,
    base_path: &'static str,
    resource: &'static str,
}

/// A resource as several managers of a handle may name it: what one of them writes, all of them pass.
#[derive(Default)]
struct Resource {
    members: Mutex<Vec<Weak<ResourceCache>>>,
}

impl Caches {
    pub(crate) fn new(settings: CacheSettings) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self {
            store: Store::new(settings.capacity),
            settings,
            hasher: KeyHasher::new(),
            resources: Mutex::default(),
        })
    }

    pub(crate) fn settings(&self) -> &CacheSettings {
        &self.settings
    }

    /// A cache of the resource that the manager names, at the service that is really at `base_url`. `credentials`
    /// are what answers depend on besides the query.
    pub(crate) fn cache(
        &self,
        description: &'static Description,
        remote: &Remote,
        base_url: &str,
        credentials: Option<&str>,
    ) -> Arc<ResourceCache> {
        let settings = &self.settings;
        let subscribed = remote.websocket_invalidation() && !settings.manual_invalidation;
        let fence = Fence::new(settings.time_to_live.is_some() && !subscribed);
        let lease = Lease::new(settings.max_staleness());
        lease.limit_age(settings.time_to_live);
        let address = Address {
            base_url: base_url.to_owned(),
            base_path: remote.base_path(),
            resource: remote.resource(),
        };
        let resource = Arc::clone(lock(&self.resources).entry(address.clone()).or_default());
        let cache = Arc::new(ResourceCache {
            description,
            base_path: remote.base_path(),
            resource_name: remote.resource(),
            protocol_version: remote.protocol_version(),
            scope: self
                .hasher
                .key(&(description.name(), std::ptr::from_ref(description), address)),
            credentials: self.hasher.key(&credentials),
            hasher: self.hasher.clone(),
            reads: Reads::new(fence, lease, Arc::clone(&settings.clock), self.store.clone()),
            resource: Arc::clone(&resource),
            topic: Arc::new(Topic::of_another_service()),
            sockets: Mutex::default(),
            subscription: watch::Sender::new(SubscriptionState::Closed),
            time_to_live: settings.time_to_live,
            unpromised_time_to_live: settings.unpromised_time_to_live,
        });
        let mut members = lock(&resource.members);
        members.retain(|member| member.strong_count() > 0);
        members.push(Arc::downgrade(&cache));
        drop(members);
        cache
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The cache of one manager's resource, and the fence that keeps it true.
pub(crate) struct ResourceCache {
    description: &'static Description,
    base_path: &'static str,
    resource_name: &'static str,
    protocol_version: &'static str,
    /// Which manager of which service.
    scope: u128,
    credentials: u128,
    hasher: KeyHasher,
    reads: Arc<Reads<Answer, Error>>,
    resource: Arc<Resource>,
    topic: Arc<Topic>,
    sockets: Mutex<Sockets>,
    subscription: watch::Sender<SubscriptionState>,
    time_to_live: Option<Duration>,
    unpromised_time_to_live: Duration,
}

/// What is read, as far as the key goes.
#[derive(Hash)]
enum Question<'a> {
    List(&'a Select),
    Row(&'a Value),
}

impl ResourceCache {
    /// The rows of this query: kept ones where they are still true, else from the owner.
    pub(crate) async fn page<M: Send + Sync + 'static>(
        &self,
        interface: &Arc<dyn ErasedInterface>,
        select: Select,
        fresh: bool,
        decode: impl FnOnce(RecordPage) -> Result<Arc<Page<M>>, Error> + Send + 'static,
    ) -> Result<Arc<Page<M>>, Error> {
        let key = self.key(&Question::List(&select));
        let interface = Arc::clone(interface);
        let fetch = move || async move {
            let page = interface.query(&select).await?;
            let weight = page.rows.iter().map(weight).fold(OVERHEAD, u32::saturating_add);
            Ok((decode(page)? as Answer, weight))
        };
        self.read(key, Reach::List, fresh, fetch).await
    }

    /// The row of this id: the kept one where it is still true, else from the owner.
    pub(crate) async fn row<M: Send + Sync + 'static>(
        &self,
        interface: &Arc<dyn ErasedInterface>,
        id: Value,
        fresh: bool,
        decode: impl FnOnce(Record) -> Result<Arc<M>, Error> + Send + 'static,
    ) -> Result<Arc<M>, Error> {
        let key = self.key(&Question::Row(&id));
        let reach = Reach::Row(self.hasher.slot(&id));
        let interface = Arc::clone(interface);
        let description = self.description;
        let fetch = move || async move {
            let Some(record) = interface.get(&id).await? else {
                return Err(Error::NotFound {
                    manager: description.name(),
                    id: IdText::of(&id),
                });
            };
            let weight = weight(&record).saturating_add(OVERHEAD);
            Ok((decode(record)? as Answer, weight))
        };
        self.read(key, reach, fresh, fetch).await
    }

    async fn read<T, F>(
        &self,
        key: u128,
        reach: Reach,
        fresh: bool,
        fetch: impl FnOnce() -> F + Send,
    ) -> Result<Arc<T>, Error>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<(Answer, u32), Error>> + Send + 'static,
    {
        let answer = self.reads.read(key, reach, fresh, fetch).await?;
        // A key is of one manager and one question, and so of one type.
        answer
            .downcast()
            .map_err(|_| Error::Unavailable("the cache holds an answer of another type"))
    }

    fn key(&self, question: &Question<'_>) -> u128 {
        self.hasher.key(&Key::new(self.scope, self.credentials, question))
    }

    /// Writes, and passes what was kept.
    pub(crate) async fn write(
        &self,
        interface: &Arc<dyn ErasedInterface>,
        write: Write,
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
            interface.write(write),
            move |written| match written {
                Ok(Written::Row(record)) => Some(record.get(id_index).clone()),
                _ => None,
            },
        );
        written
            .await
            .unwrap_or(Err(Error::Unavailable("the runtime stopped during the write")))
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

    fn pass(&self, id: Option<&Value>) {
        match id {
            Some(id) if self.is_id(id) => self.reads.fence.pass(self.hasher.slot(id)),
            // Nothing, or what another manager of the same resource calls an id.
            _ => self.reads.fence.pass_all(),
        }
    }
}

/// What a subscription tells the caches of its resource.
impl ResourceCache {
    /// The owner accepted the subscription; `promised`: it speaks `gm-events-1`. Live until this is dropped.
    pub(crate) fn live(self: &Arc<Self>, connecting_began: Duration, promised: bool) -> Dispatch {
        let unpromised = (!promised).then_some(self.unpromised_time_to_live);
        let max_age = [self.time_to_live, unpromised].into_iter().flatten().min();
        let live = Live::begin(&self.reads, connecting_began, max_age);
        self.reads.counters.opened.add();
        self.count_sockets(promised, |sockets| sockets.saturating_add(1));
        // Whatever happened before is told of as one change.
        self.topic.publish(&Change::refresh());
        Dispatch {
            cache: Arc::clone(self),
            live,
            promised,
        }
    }

    fn count_sockets(&self, promised: bool, count: impl FnOnce(usize) -> usize) {
        let mut sockets = lock(&self.sockets);
        let counted = if promised {
            &mut sockets.promised
        } else {
            &mut sockets.unpromised
        };
        *counted = count(*counted);
        self.topic.cover(sockets.coverage());
    }

    /// Whether the event names this resource, in the version of the contract that the manager speaks.
    pub(crate) fn is_named_by(&self, event: &InvalidationEvent) -> bool {
        event.protocol_version() == self.protocol_version
            && event.base_path() == self.base_path
            && event.resource() == self.resource_name
    }

    /// The change that the event tells of; one whose row can't be told is of everything.
    pub(crate) fn apply(&self, event: &InvalidationEvent) {
        let id_type = self.description.id_field().value_type();
        let id = event.id().cloned().and_then(|id| values::read(id, id_type).ok());
        match id {
            Some(id) => {
                self.reads.counters.events.add();
                self.change(&Change::row(event.action(), id));
            }
            None => self.refresh(),
        }
    }

    /// Anything may have changed.
    pub(crate) fn refresh(&self) {
        self.reads.counters.refreshes.add();
        self.change(&Change::refresh());
    }

    /// The event that an owner would send for [`refresh`](Self::refresh).
    pub(crate) fn refresh_event(&self) -> InvalidationEvent {
        InvalidationEvent::new(
            self.protocol_version,
            self.base_path,
            self.resource_name,
            Action::Refresh,
            None,
        )
    }

    fn change(&self, change: &Change) {
        pass_and_tell(|| self.pass(change.id()), || self.topic.publish(change));
    }

    /// How the subscription is, for whoever waits for it.
    pub(crate) fn subscription(&self) -> watch::Receiver<SubscriptionState> {
        self.subscription.subscribe()
    }

    pub(crate) fn set_subscription(&self, state: SubscriptionState) {
        self.subscription.send_replace(state);
    }
}

/// How many websockets are open that tell of a resource.
#[derive(Default)]
struct Sockets {
    promised: usize,
    unpromised: usize,
}

impl Sockets {
    fn coverage(&self) -> Coverage {
        match (self.promised, self.unpromised) {
            (0, 0) => Coverage::Nothing,
            (0, _) => Coverage::Unpromised,
            _ => Coverage::Everything,
        }
    }
}

/// The time for which a manager's subscription is live.
pub(crate) struct Dispatch {
    cache: Arc<ResourceCache>,
    live: Live<Answer, Error>,
    promised: bool,
}

impl Drop for Dispatch {
    fn drop(&mut self) {
        self.cache
            .count_sockets(self.promised, |sockets| sockets.saturating_sub(1));
    }
}

impl Dispatch {
    /// The cache that is kept true.
    pub(crate) fn cache(&self) -> &Arc<ResourceCache> {
        &self.cache
    }

    /// The owner answered a ping that was sent at this time.
    pub(crate) fn heard(&self, sent: Duration) {
        self.live.heard(sent);
    }
}

impl Passes for Resource {
    type Id = Value;

    fn pass(&self, row: Option<&Value>) {
        let members = lock(&self.members).clone();
        for member in members.iter().filter_map(Weak::upgrade) {
            member.pass(row);
        }
    }
}

/// What an entry weighs besides its values, in bytes.
const OVERHEAD: u32 = 256;

/// An estimate of a row's bytes in memory.
fn weight(record: &Record) -> u32 {
    let values = record.values().iter().map(|value| {
        let behind = match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Json(json) => json_weight(json),
            _ => 0,
        };
        behind.saturating_add(size_of::<Value>())
    });
    u32::try_from(values.fold(0, usize::saturating_add)).unwrap_or(u32::MAX)
}

fn json_weight(json: &serde_json::Value) -> usize {
    use serde_json::Value as Json;
    let behind = match json {
        Json::String(text) => text.len(),
        Json::Array(members) => members.iter().map(json_weight).fold(0, usize::saturating_add),
        Json::Object(members) => members
            .iter()
            .map(|(key, member)| key.len().saturating_add(json_weight(member)))
            .fold(0, usize::saturating_add),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    };
    behind.saturating_add(size_of::<Json>())
}
