//! The handle that an application holds.

use std::sync::Arc;

use super::managers::Managers;
use crate::access::{Managed, Principal};
use crate::change::{Change, ChangeQueueCapacity, Hook, Subscription};
use crate::error::Error;
use crate::features::client::Client;
use crate::features::database::Database;
use crate::features::server::Server;
use crate::interface::Writes;
use crate::manager::Manager;
use crate::query::ErasedManager;
use crate::query::PaginationLimits;

/// The one handle an application holds: interfaces, cache, bus, transport and settings. Cheap to clone, `Send` and
/// `Sync`.
///
/// A plain handle is the service's own trusted code: permissions do not bind it. [`acting_as`](Self::acting_as) gives
/// the same handle with permissions enforced.
#[derive(Clone)]
pub struct Gm {
    pub(super) inner: Arc<Inner>,
    pub(super) principal: Option<Principal>,
}

pub(super) struct Inner {
    pub(super) managers: Managers,
    pub(super) pages: PaginationLimits,
    pub(super) change_queue: ChangeQueueCapacity,
    pub(super) writes: Arc<Writes>,
    pub(super) server: Arc<Server>,
    pub(super) client: Arc<Client>,
    pub(super) database: Option<Database>,
}

impl Gm {
    /// The same handle with permissions enforced for this caller, in whatever is done by it: verbs, live queries, streams of
    /// changes, [`on_change`](Self::on_change) and [`refresh`](Self::refresh).
    ///
    /// A manager without `#[permission(..)]`, such as a consumer's that is no gateway, says nothing of callers:
    /// [`Error::NoPermissions`].
    #[must_use]
    pub fn acting_as(&self, principal: Principal) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            principal: Some(principal),
        }
    }

    /// Calls this with every change of `M`'s rows, until the subscription is dropped.
    ///
    /// Of another service's rows these are the events of its websocket, after the cache has dropped what they name,
    /// and a refresh whenever the websocket becomes live, since anything may have happened until then. Without
    /// `websocket_invalidation` there are none.
    ///
    /// Of this service's own rows it is called once the change is visible to every reader and before the write that made it returns, by the
    /// thread that committed: it must neither block nor wait for a verb of this handle, which would wait for that
    /// same thread.
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
    /// A handle that [acts as](Self::acting_as) a caller needs leave to read rows.
    ///
    /// # Errors
    /// [`Error::NotRegistered`], [`Error::PermissionDenied`] and [`Error::NoPermissions`].
    pub fn on_change<M: Manager>(
        &self,
        told: impl Fn(&Change) + Send + Sync + 'static,
    ) -> Result<Subscription, Error> {
        let hook = Arc::new(Hook(told));
        Ok(self.observable::<M>()?.topic().subscribe(hook))
    }

    /// How the subscription to the changes of `M` is, to be looked at or waited for. A manager is subscribed to when it
    /// is first used; this counts as a use.
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
    /// [`Error::NotRegistered`]; [`Error::Configuration`] where the rows of `M` are this service's own.
    #[cfg(feature = "client")]
    pub fn subscription<M: crate::manager::Invalidates>(
        &self,
    ) -> Result<tokio::sync::watch::Receiver<crate::client::SubscriptionState>, Error> {
        match self.managed::<M>()?.cache() {
            Some(cache) => Ok(cache.subscription()),
            None => Err(not_remote::<M>()),
        }
    }

    /// What the cache of a consumer's manager did, and how it is now; absent for a manager whose rows are here.
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

    /// What reading every page of a query may take.
    pub(crate) fn pages_limits(&self) -> PaginationLimits {
        self.inner.pages
    }

    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.inner.client
    }

    pub(crate) fn server(&self) -> &Arc<Server> {
        &self.inner.server
    }

    pub(crate) fn writes(&self) -> &Writes {
        &self.inner.writes
    }

    /// Whether the handle was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.inner.managers.is_closed()
    }

    /// The manager, if the caller of this handle may receive its changes.
    pub(crate) fn observable<M: Manager>(&self) -> Result<&Arc<Managed>, Error> {
        let managed = self.managed::<M>()?;
        managed.require_events(self.principal())?;
        Ok(managed)
    }

    /// The manager's storage; a consumer's manager is connected when it is first used.
    pub(crate) fn managed<M: Manager>(&self) -> Result<&Arc<Managed>, Error> {
        self.managed_of(ErasedManager::of::<M>())
    }

    pub(crate) fn managed_of(&self, vtable: &'static ErasedManager) -> Result<&Arc<Managed>, Error> {
        let (manager, description) = (vtable.type_id, vtable.description);
        if let Some(managed) = self.inner.managers.get(manager) {
            return Ok(managed);
        }
        if let Some(remote) = description.remote() {
            return self.inner.managers.get_or_make(manager, |closed| {
                let interface = self.inner.client.connect(description, remote, !closed)?;
                let topic = Arc::clone(interface.cache().topic());
                if closed {
                    topic.end();
                }
                Ok(Managed::new(
                    Arc::new(interface),
                    topic,
                    Arc::clone(&self.inner.writes),
                ))
            });
        }
        Err(Error::NotRegistered {
            manager: description.name(),
        })
    }

    /// Stops: takes no more writes, closes the websockets of subscribers with code 1001, ends those of this handle's own
    /// subscriptions (an `InvalidationClient` has a `close` of its own), and waits for the writes in flight. What they change
    /// is told, and then live queries and streams of changes end.
    ///
    /// That holds wherever a manager's rows are: in a database, in memory, in storage of the application's own, and in another
    /// service. A write that is refused is [`Error::Unavailable`], and has done nothing. Rows that are not in the database
    /// can still be read; those of a manager of another service that is first used afterwards, without a websocket.
    ///
    /// It waits for as long as the writes take: put a time limit around it where that matters. A service calls it when it
    /// is told to end, before its HTTP server is stopped;
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
