//! The public client for subscriptions that an application opens itself.

use std::pin::pin;
use std::sync::{Arc, Mutex};

use futures_util::future::select;
use tokio::sync::{broadcast, oneshot, watch};

use super::observer::{Observed, observe_all};
use super::shared::{Shared, lock};
use crate::client::{CredentialSource, Hold, InvalidationEvent, ResourceCache, SubscriptionState};
use crate::error::Error;
use crate::gm::handle::{Gm, not_remote};
use crate::manager::{Invalidates, Manager};

/// The most events that wait for [`InvalidationClient::listen_once`]. Newer events replace the oldest.
const MAX_WAITING_EVENTS: usize = 256;

/// The subscriptions of several managers, which the application opens and closes itself.
///
/// It is meant for a handle with [`manual_invalidation`](crate::GmBuilder::manual_invalidation). Other handles open
/// their subscriptions themselves. A client shares these, and closing it leaves them open.
///
/// # Connections
/// Each URL has one websocket. After [`connect`](Self::connect) a thread of the handle keeps the websockets open. It opens
/// a lost websocket again after a backoff that grows from 100 ms to 30 s. A refusal by an owner (close codes 4401, 4404 and
/// 4406, HTTP 401, 403 and 404) ends the client.
///
/// # Example
/// ```no_run
/// # use gm_runtime::{GeneralManager, Gm};
/// # use gm_runtime::InvalidationClient;
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[remote_manager(base_url = "http://localhost", resource = "projects", websocket_invalidation)]
/// # pub struct RemoteProject { #[field(id)] pub id: i64, pub name: String }
/// # async fn example() -> Result<(), gm_runtime::Error> {
/// let gm = Gm::builder().manual_invalidation().build().await?;
/// let client = InvalidationClient::new(&gm).manager::<RemoteProject>()?;
/// client.connect().await?;
/// while let Some(event) = client.listen_once().await? {
///     println!("{:?} of {:?}", event.action(), event.id());
/// }
/// # Ok(()) }
/// ```
pub struct InvalidationClient {
    gm: Gm,
    targets: Vec<Target>,
    shared: Arc<Shared>,
    events: broadcast::Sender<InvalidationEvent>,
    received: tokio::sync::Mutex<broadcast::Receiver<InvalidationEvent>>,
}

struct Target {
    url: Arc<str>,
    credentials: Option<CredentialSource>,
    cache: Arc<ResourceCache>,
}

impl InvalidationClient {
    /// A client without managers.
    #[must_use]
    pub fn new(gm: &Gm) -> Self {
        let (events, received) = broadcast::channel(MAX_WAITING_EVENTS);
        Self {
            gm: gm.clone(),
            targets: Vec::new(),
            shared: Arc::new(Shared {
                holds: Mutex::new(None),
                state: watch::Sender::new(SubscriptionState::Closed),
                refused: Mutex::new(None),
                observing: Mutex::new(None),
            }),
            events,
            received: tokio::sync::Mutex::new(received),
        }
    }

    /// Adds a manager. Call this before [`connect`](Self::connect).
    ///
    /// # Errors
    /// [`Error::Configuration`] if the manager's base URL is invalid, or it is not a manager of another service.
    /// [`Error::PermissionDenied`] and [`Error::NoPermissions`] if the handle [acts as](Gm::acting_as) a caller who may not
    /// read rows, or if the manager has rules that hide some rows or fields. The owner's events name every row.
    pub fn manager<M: Manager + Invalidates>(mut self) -> Result<Self, Error> {
        let managed = self.gm.managed::<M>()?;
        managed.require_every_event(self.gm.principal())?;
        let (Some(remote), Some(cache)) = (M::DESCRIPTION.remote(), managed.cache()) else {
            return Err(not_remote::<M>());
        };
        self.targets.push(Target {
            url: self.gm.client().websocket_url(remote)?,
            credentials: self.gm.client().credentials(remote)?.cloned(),
            cache: Arc::clone(cache),
        });
        Ok(self)
    }

    /// Opens the websockets, and waits until all of them are live.
    ///
    /// This retries an owner that can't be reached without end. Add a timeout of your own if you need one.
    ///
    /// # Errors
    /// [`Error::Subscription`] if an owner refuses. [`Error::Closed`] if the client was closed, or the handle was closed
    /// before the websockets were opened.
    pub async fn connect(&self) -> Result<(), Error> {
        self.open()?;
        self.reached(SubscriptionState::is_live).await;
        self.refusal()?;
        if self.is_over() && !self.targets.is_empty() {
            return Err(Error::Closed);
        }
        Ok(())
    }

    /// Opens the websockets unless they are open, and waits until [`close`](Self::close) or a refusal ends them.
    ///
    /// # Errors
    /// [`Error::Subscription`] if an owner refuses. [`Error::Closed`] if the handle was closed before the websockets were
    /// opened.
    pub async fn run(&self) -> Result<(), Error> {
        self.open()?;
        self.reached(|_| false).await;
        self.refusal()
    }

    /// The next event, after it has invalidated the cache. `None` after the end. Opens the websockets unless they are open.
    ///
    /// Events that arrive between two calls wait in a queue of at most 256. Newer events replace the oldest.
    ///
    /// # Errors
    /// [`Error::Subscription`] if an owner refuses. [`Error::Closed`] if the handle was closed before the websockets were
    /// opened.
    pub async fn listen_once(&self) -> Result<Option<InvalidationEvent>, Error> {
        self.open()?;
        let mut received = self.received.lock().await;
        loop {
            let event = tokio::select! {
                biased;
                event = received.recv() => event,
                () = self.reached(|_| false) => return self.refusal().map(|()| None),
            };
            match event {
                Ok(event) => return Ok(Some(event)),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return Ok(None),
            }
        }
    }

    /// Closes the websockets, and waits until they are closed.
    pub async fn close(&self) {
        let holds = self.shared.end(SubscriptionState::Closed);
        for hold in holds {
            let mut state = hold.subscription.state.subscribe();
            // A subscription with another holder stays open.
            if Arc::into_inner(hold).is_some() {
                let closed = state.wait_for(|state| *state == SubscriptionState::Closed);
                drop(closed.await);
            }
        }
    }

    /// The combined state of the subscriptions: the state of the one that is furthest from live.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<SubscriptionState> {
        self.shared.state.subscribe()
    }

    fn open(&self) -> Result<(), Error> {
        let mut holds = lock(&self.shared.holds);
        if holds.is_some() {
            return Ok(());
        }
        if self.gm.is_closed() {
            return Err(Error::Closed);
        }
        let subscriptions = self.gm.client().subscriptions();
        let mut opened: Vec<Arc<Hold>> = Vec::new();
        for target in &self.targets {
            let hold = subscriptions.hold(
                Arc::clone(&target.url),
                target.credentials.as_ref(),
                &target.cache,
            );
            if !opened.iter().any(|known| Arc::ptr_eq(known, &hold)) {
                hold.subscription.listen(self.events.clone());
                opened.push(hold);
            }
        }
        let observed: Vec<_> = opened
            .iter()
            .map(|hold| Observed::new(&hold.subscription))
            .collect();
        *holds = Some(opened);
        drop(holds);
        let (observing, ended) = oneshot::channel();
        *lock(&self.shared.observing) = Some(observing);
        let shared = Arc::downgrade(&self.shared);
        subscriptions.spawn(move || async {
            // The subscriptions may outlive this client without another change of state.
            let _ = select(pin!(observe_all(observed, shared)), ended).await;
        });
        Ok(())
    }

    /// Ready in a state for which `is_reached` holds, and at the end.
    async fn reached(&self, is_reached: impl Fn(&SubscriptionState) -> bool) {
        let mut state = self.state();
        loop {
            // `wait_for` would call `is_over` under the state's lock, in the opposite order to `Shared::publish`.
            let here = is_reached(&state.borrow_and_update());
            if here || self.is_over() || state.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether all websockets were closed.
    fn is_over(&self) -> bool {
        lock(&self.shared.holds).as_ref().is_some_and(Vec::is_empty)
    }

    fn refusal(&self) -> Result<(), Error> {
        match &*lock(&self.shared.refused) {
            Some(refused) => Err(Error::Subscription(Arc::clone(refused))),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for InvalidationClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let urls: Vec<_> = self.targets.iter().map(|target| &target.url).collect();
        f.debug_struct("InvalidationClient")
            .field("urls", &urls)
            .field("state", &*self.shared.state.borrow())
            .finish_non_exhaustive()
    }
}
