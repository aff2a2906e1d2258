//! The handle that an application holds.

use std::any::TypeId;
use std::sync::{Arc, Weak};

use super::handle_transaction::HandleTransaction;
use super::managers::Managers;
use crate::access::{JudgementLimits, Managed, Principal, RelatedManagers};
use crate::change::{Change, ChangeQueueCapacity, Hook, Subscription};
use crate::error::Error;
use crate::features::client::Client;
use crate::features::database::Database;
use crate::features::server::Server;
use crate::features::telemetry::HandleMetrics;
use crate::health::HealthSettings;
use crate::interface::Writes;
use crate::manager::{Description, Manager};
use crate::query::ErasedManager;
use crate::query::PaginationLimits;

/// The handle of an application: its managers with their storage, cache and connections, and its settings. It is cheap to
/// clone, `Send` and `Sync`.
///
/// Verbs on the handle itself are the service's own code, to which permissions do not apply. [`acting_as`](Self::acting_as)
/// returns the same handle with the permissions of a caller.
#[derive(Clone)]
pub struct Gm {
    pub(super) inner: Arc<Inner>,
    pub(super) principal: Option<Principal>,
    /// The transaction that the verbs of the handle are a part of.
    pub(super) transaction: Option<Arc<HandleTransaction>>,
}

pub(super) struct Inner {
    /// For managers that are made later, which find those here that they refer to.
    pub(super) itself: Weak<Self>,
    pub(super) managers: Managers,
    pub(super) judgement: JudgementLimits,
    pub(super) change_queue: ChangeQueueCapacity,
    pub(super) writes: Arc<Writes>,
    pub(super) server: Arc<Server>,
    pub(super) client: Arc<Client>,
    pub(super) database: Option<Database>,
    pub(super) health: HealthSettings,
    pub(super) metrics: HandleMetrics,
}

impl Inner {
    pub(super) fn related_managers(&self) -> Arc<dyn RelatedManagers> {
        Arc::new(OfHandle(self.itself.clone()))
    }

    /// The manager of this type. The first use of a consumer's manager connects it.
    pub(super) fn managed(
        &self,
        manager: TypeId,
        description: &'static Description,
    ) -> Result<&Arc<Managed>, Error> {
        if let Some(managed) = self.managers.get(manager) {
            return Ok(managed);
        }
        if let Some(remote) = description.remote() {
            return self.managers.get_or_make(manager, |closed| {
                let interface = self.client.connect(description, remote, !closed)?;
                let topic = Arc::clone(interface.cache().topic());
                if closed {
                    topic.end();
                }
                let writes = Arc::clone(&self.writes);
                let managed = Managed::new(Arc::new(interface), topic, writes, self.judgement);
                managed.set_related(self.related_managers());
                Ok(managed)
            });
        }
        Err(Error::NotRegistered {
            manager: description.name(),
        })
    }
}

/// The managers of a handle, for those that refer to each other.
struct OfHandle(Weak<Inner>);

impl RelatedManagers for OfHandle {
    fn manager(&self, manager: TypeId, description: &'static Description) -> Result<Arc<Managed>, Error> {
        match self.0.upgrade() {
            Some(inner) => inner.managed(manager, description).cloned(),
            None => Err(Error::NotRegistered {
                manager: description.name(),
            }),
        }
    }
}

impl Gm {
    /// The same handle with the permissions of this caller. They apply to verbs, live queries, streams of changes,
    /// [`on_change`](Self::on_change) and [`refresh`](Self::refresh).
    ///
    /// A manager without `#[permission(..)]`, such as a consumer's manager, allows a caller nothing. The error is
    /// [`Error::NoPermissions`].
    #[must_use]
    pub fn acting_as(&self, principal: Principal) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            principal: Some(principal),
            transaction: self.transaction.clone(),
        }
    }

    /// Calls `listener` with every change of the rows of `M`, until the subscription is dropped.
    ///
    /// For the rows of another service, the changes are the events of its websocket, after they have invalidated the cache. A
    /// refresh follows each time when the websocket becomes live, since earlier events may be lost. Without
    /// `websocket_invalidation` there are no changes.
    ///
    /// For the rows of this service, the thread that committed a write calls `listener`. The change is visible to every reader
    /// then, and the write has not returned yet. `listener` must not block and must not wait for a verb of this handle, which
    /// could need the same thread.
    ///
    /// A handle that [acts as](Self::acting_as) a caller receives what a websocket of that caller receives. If the rule for
    /// reading depends on the row, a row that comes in sight is a create, a row that leaves the sight is a delete, and a row
    /// that stays out of sight is no change. A refresh follows when [the grants change](Self::grants_changed).
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// let gm = Gm::builder().in_memory::<Project>().build().await?;
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let subscription = gm.on_change::<Project>(move |change| {
    ///     let _ = sender.send(change.action());
    /// })?;
    /// Project::create(ProjectCreate { name: "Alpha".into() }).exec(&gm).await?;
    /// assert_eq!(receiver.recv().ok(), Some(gm_runtime::change::Action::Create));
    /// # drop(subscription);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotRegistered`]. [`Error::PermissionDenied`] and [`Error::NoPermissions`] if the handle
    /// [acts as](Self::acting_as) a caller who may not read rows.
    pub fn on_change<M: Manager>(
        &self,
        listener: impl Fn(&Change) + Send + Sync + 'static,
    ) -> Result<Subscription, Error> {
        let hook = Arc::new(Hook(listener));
        Ok(self.observable::<M>()?.subscribe(hook, self.principal()))
    }

    /// The state of the subscription to the changes of `M`, to be read or awaited. The first use of a manager opens its
    /// subscription, and this call is a use.
    ///
    /// ```no_run
    /// # use gm_runtime::{GeneralManager, Gm, client::SubscriptionState};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[remote_manager(base_url = "http://localhost", resource = "projects", websocket_invalidation)]
    /// # pub struct RemoteProject { #[field(id)] pub id: i64, pub name: String }
    /// # async fn example(gm: &Gm) -> Result<(), Box<dyn std::error::Error>> {
    /// gm.subscription::<RemoteProject>()?.wait_for(SubscriptionState::is_live).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotRegistered`]. [`Error::Configuration`] if the rows of `M` are in this service.
    #[cfg(feature = "client")]
    pub fn subscription<M: Manager + crate::manager::Invalidates>(
        &self,
    ) -> Result<tokio::sync::watch::Receiver<crate::client::SubscriptionState>, Error> {
        match self.managed::<M>()?.cache() {
            Some(cache) => Ok(cache.subscription()),
            None => Err(not_remote::<M>()),
        }
    }

    /// The statistics of the cache of a consumer's manager. `None` for a manager with rows in this service.
    ///
    /// # Errors
    /// [`Error::NotRegistered`].
    #[cfg(feature = "client")]
    pub fn cache_stats<M: Manager>(&self) -> Result<Option<crate::client::CacheStats>, Error> {
        Ok(self.managed::<M>()?.cache().map(|cache| cache.stats()))
    }

    pub(crate) fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// The limits of reading all pages of a query.
    pub(crate) fn pages_limits(&self) -> PaginationLimits {
        self.inner.judgement.pages
    }

    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.inner.client
    }

    pub(crate) fn server(&self) -> &Arc<Server> {
        &self.inner.server
    }

    pub(crate) fn writes(&self) -> &Arc<Writes> {
        &self.inner.writes
    }

    /// Whether the handle was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.inner.managers.is_closed()
    }

    /// The manager, if the caller of this handle may receive its changes.
    pub(crate) fn observable<M: Manager>(&self) -> Result<&Arc<Managed>, Error> {
        self.require_events_of(M::DESCRIPTION)?;
        let managed = self.managed::<M>()?;
        managed.require_events(self.principal())?;
        Ok(managed)
    }

    /// The manager. The first use of a consumer's manager connects it.
    pub(crate) fn managed<M: Manager>(&self) -> Result<&Arc<Managed>, Error> {
        self.managed_of(ErasedManager::of::<M>())
    }

    pub(crate) fn managed_of(&self, vtable: &'static ErasedManager) -> Result<&Arc<Managed>, Error> {
        let outside = || self.inner.managed(vtable.type_id, vtable.description);
        match &self.transaction {
            None => outside(),
            Some(transaction) => transaction.managed_of(vtable, outside),
        }
    }

    /// Closes the handle:
    ///
    /// 1. It refuses new writes with [`Error::Unavailable`].
    /// 2. It closes the websockets of subscribers with code 1001, and the websockets of its own subscriptions. An
    ///    `InvalidationClient` has a `close` of its own.
    /// 3. It waits for the writes in flight, and publishes their changes.
    /// 4. It ends live queries and streams of changes.
    ///
    /// This applies to rows in a database, in memory, in an application's own storage and in another service. Rows outside of
    /// the database can still be read. A manager of another service that is first used after the close has no websocket.
    ///
    /// There is no time limit for the writes, except that a transaction ends at its
    /// [time limit](crate::GmBuilder::transaction_time_limit). Add one if you need it. A service calls this when it must end, before it stops its
    /// HTTP server.
    #[cfg_attr(feature = "server", doc = "[`run_until`](Self::run_until) does both.")]
    #[cfg_attr(not(feature = "server"), doc = "`run_until` does both.")]
    pub async fn close(&self) {
        self.inner.writes.close();
        self.inner.managers.close();
        self.inner.server.close().await;
        self.inner.client.close();
        self.inner.writes.ended().await;
        if let Some(database) = &self.inner.database {
            database.close().await;
        }
        for managed in self.inner.managers.iter() {
            managed.topic().end();
        }
    }
}

impl std::fmt::Debug for Gm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gm")
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}

pub(crate) fn not_remote<M: Manager>() -> Error {
    Error::Configuration(format!(
        "`{}` is not a manager of another service, so it has no websocket to subscribe to",
        M::DESCRIPTION.name()
    ))
}
