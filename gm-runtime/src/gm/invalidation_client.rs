//! Subscriptions that an application opens and closes itself.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{select, select_all};
use tokio::sync::{broadcast, oneshot, watch};

use super::Gm;
use super::manual_invalidation::not_remote;
use crate::client::{
    Credentials, Disconnect, Hold, InvalidationEvent, ResourceCache, Subscription, SubscriptionState,
};
use crate::error::{Error, SubscriptionError};
use crate::manager::Invalidates;

/// How many events wait for [`InvalidationClient::listen_once`]; the oldest make room for others.
const WAITING_EVENTS: usize = 256;

/// The subscriptions of several managers, opened and closed by the application: for a handle with
/// [`manual_invalidation`](crate::GmBuilder::manual_invalidation). (Where the handle opens them itself this one
/// shares them, and the cache stays live when it is closed.)
///
/// There is one websocket for each URL. Once [`connect`](Self::connect) was called they are kept open on a thread of
/// the handle's, whether or not anything else is called: a lost one is opened again after a pause, from 100 ms to
/// 30 s. An owner that refuses (close codes 4401, 4404 and 4406, HTTP 401, 403 and 404) ends it.
///
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
    credentials: Option<Credentials>,
    cache: Arc<ResourceCache>,
}

struct Shared {
    /// Absent before `connect`; empty after the end.
    holds: Mutex<Option<Vec<Arc<Hold>>>>,
    state: watch::Sender<SubscriptionState>,
    refused: Mutex<Option<Arc<SubscriptionError>>>,
    /// Ends the task that watches the subscriptions when it is dropped.
    watching: Mutex<Option<oneshot::Sender<Infallible>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl InvalidationClient {
    /// A client without managers.
    #[must_use]
    pub fn new(gm: &Gm) -> Self {
        let (events, received) = broadcast::channel(WAITING_EVENTS);
        Self {
            gm: gm.clone(),
            targets: Vec::new(),
            shared: Arc::new(Shared {
                holds: Mutex::new(None),
                state: watch::Sender::new(SubscriptionState::Closed),
                refused: Mutex::new(None),
                watching: Mutex::new(None),
            }),
            events,
            received: tokio::sync::Mutex::new(received),
        }
    }

    /// Adds a manager. Before [`connect`](Self::connect).
    ///
    /// # Errors
    /// [`Error::Configuration`] where the manager's URL is none, or its rows are this service's own; [`Error::PermissionDenied`]
    /// and [`Error::NoPermissions`] on a handle that [acts as](Gm::acting_as) a caller who may not read rows.
    pub fn manager<M: Invalidates>(mut self) -> Result<Self, Error> {
        let managed = self.gm.heard::<M>()?;
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

    /// Opens the websockets, and waits until all of them are live. An owner that can't be reached is tried again and
    /// again: put a time limit around this where that matters.
    ///
    /// # Errors
    /// [`Error::Subscription`] when an owner refuses; [`Error::Closed`] once this was closed, or where the handle was
    /// before anything was opened.
    pub async fn connect(&self) -> Result<(), Error> {
        self.open()?;
        self.reached(SubscriptionState::is_live).await;
        self.refusal()?;
        if self.is_over() && !self.targets.is_empty() {
            return Err(Error::Closed);
        }
        Ok(())
    }

    /// Opens the websockets unless they are open, and waits until the end: the one of [`close`](Self::close), or an
    /// owner's refusal.
    ///
    /// # Errors
    /// [`Error::Subscription`] when an owner refuses; [`Error::Closed`] where the handle was closed before anything was
    /// opened.
    pub async fn run(&self) -> Result<(), Error> {
        self.open()?;
        self.reached(|_| false).await;
        self.refusal()
    }

    /// The next event, after the cache has dropped what it names; `None` after the end. Opens the websockets unless
    /// they are open. Events that nobody waits for are kept here, 256 of them at most.
    ///
    /// # Errors
    /// [`Error::Subscription`] when an owner refuses; [`Error::Closed`] where the handle was closed before anything was
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
            // Where somebody else holds it, it stays open.
            if Arc::into_inner(hold).is_some() {
                let closed = state.wait_for(|state| *state == SubscriptionState::Closed);
                drop(closed.await);
            }
        }
    }

    /// How the subscriptions are, all together: the worst of them.
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
        let watched: Vec<_> = opened
            .iter()
            .map(|hold| Watched::new(&hold.subscription))
            .collect();
        *holds = Some(opened);
        drop(holds);
        let (watching, ended) = oneshot::channel();
        *lock(&self.shared.watching) = Some(watching);
        let shared = Arc::downgrade(&self.shared);
        subscriptions.spawn(move || async {
            // The subscriptions may outlive this client, and change no more.
            let _ = select(pin!(watch_all(watched, shared)), ended).await;
        });
        Ok(())
    }

    /// Ready in a state such as this, and at the end.
    async fn reached(&self, is_reached: impl Fn(&SubscriptionState) -> bool) {
        let mut state = self.state();
        loop {
            // Not `wait_for`: it would look for the end under the state's lock, and whoever tells of a new state holds
            // the other one.
            let here = is_reached(&state.borrow_and_update());
            if here || self.is_over() || state.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether there is nothing open any more.
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

impl Shared {
    /// Ends with this state, which is the last one.
    fn end(&self, state: SubscriptionState) -> Vec<Arc<Hold>> {
        let mut holds = lock(&self.holds);
        self.state.send_replace(state);
        holds.replace(Vec::new()).unwrap_or_default()
    }

    /// Tells how the subscriptions are, unless this has ended.
    fn tell(&self, new: SubscriptionState) -> bool {
        let holds = lock(&self.holds);
        let goes_on = holds.as_ref().is_none_or(|holds| !holds.is_empty());
        if goes_on {
            self.state.send_if_modified(|state| {
                let is_new = *state != new;
                *state = new;
                is_new
            });
        }
        goes_on
    }
}

struct Watched {
    url: Arc<str>,
    state: watch::Receiver<SubscriptionState>,
}

impl Watched {
    fn new(subscription: &Subscription) -> Self {
        Self {
            url: Arc::clone(&subscription.url),
            state: subscription.state.subscribe(),
        }
    }
}

/// Tells how the subscriptions are, all together, until the client is gone or an owner refuses.
async fn watch_all(mut watched: Vec<Watched>, shared: std::sync::Weak<Shared>) {
    loop {
        let mut worst = SubscriptionState::Live { guaranteed: true };
        for Watched { url, state } in &mut watched {
            let state = state.borrow_and_update().clone();
            let Some(shared) = shared.upgrade() else { return };
            if let SubscriptionState::Waiting {
                reason: Disconnect::Refused(refusal),
            } = state
            {
                let url = Arc::clone(url);
                *lock(&shared.refused) = Some(Arc::new(SubscriptionError { url, refusal }));
                drop(shared.end(SubscriptionState::Ended { refusal }));
                return;
            }
            if badness(&state) > badness(&worst) {
                worst = state;
            }
        }
        if !shared.upgrade().is_some_and(|shared| shared.tell(worst)) || watched.is_empty() {
            return;
        }
        let changes = watched
            .iter_mut()
            .map(|watched| Box::pin(watched.state.changed()));
        let (change, _, _) = select_all(changes).await;
        if change.is_err() {
            return;
        }
    }
}

fn badness(state: &SubscriptionState) -> u8 {
    match state {
        SubscriptionState::Live { guaranteed: true } => 0,
        SubscriptionState::Live { guaranteed: false } => 1,
        SubscriptionState::Connecting => 2,
        SubscriptionState::Closed => 3,
        SubscriptionState::Waiting { .. } => 4,
        SubscriptionState::Ended { .. } => 5,
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
