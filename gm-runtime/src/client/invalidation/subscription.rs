//! The subscriptions of a handle: one websocket for each URL and whoever asks.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, broadcast, oneshot, watch};

use super::{InvalidationEvent, SubscriptionState, reconnect};
use crate::client::cache::{Clock, ResourceCache};
use crate::client::transport::{Spawner, TlsSource};
use crate::client::{Credentials, Timeouts};

/// What every subscription of a handle shares.
pub(crate) struct Context {
    pub(crate) tls: Arc<TlsSource>,
    pub(crate) timeouts: Timeouts,
    pub(crate) ping_interval: Duration,
    /// For how long the caches serve what they have after the last ping that was answered.
    pub(crate) max_staleness: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The subscriptions of a handle, and the thread that they live on. The thread is started when the first one is
/// opened, and ends with the handle.
pub(crate) struct Subscriptions {
    context: Arc<Context>,
    // What is told depends on who asks, so that two who ask at one URL share nothing.
    open: Mutex<HashMap<Line, Weak<Hold>>>,
    /// Those that the handle opened itself.
    automatic: Mutex<Vec<Arc<Hold>>>,
    thread: Spawner,
}

/// The URL, and who asks there.
type Line = (Arc<str>, Option<Credentials>);

/// Keeps a subscription open: it is closed when the last one who holds it is gone.
pub(super) struct Hold {
    pub(super) subscription: Arc<Subscription>,
    _running: oneshot::Sender<Infallible>,
}

/// The managers that listen to one URL.
pub(super) struct Subscription {
    pub(super) url: Arc<str>,
    pub(super) credentials: Option<Credentials>,
    pub(super) context: Arc<Context>,
    /// Greater than that of each one before it.
    pub(super) number: u64,
    members: Mutex<Vec<Weak<ResourceCache>>>,
    pub(super) joined: Notify,
    pub(super) state: watch::Sender<SubscriptionState>,
    listeners: Mutex<Vec<broadcast::Sender<InvalidationEvent>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Subscriptions {
    pub(crate) fn new(context: Context) -> Self {
        Self {
            context: Arc::new(context),
            open: Mutex::default(),
            automatic: Mutex::default(),
            thread: Spawner::new("gm-invalidation"),
        }
    }

    /// Opens the websocket of this URL for as long as the handle lives, and lets the cache listen to it.
    pub(crate) fn keep_open(
        &self,
        url: Arc<str>,
        credentials: Option<&Credentials>,
        cache: &Arc<ResourceCache>,
    ) {
        let hold = self.hold(url, credentials, cache);
        let mut automatic = lock(&self.automatic);
        if !automatic.iter().any(|held| Arc::ptr_eq(held, &hold)) {
            automatic.push(hold);
        }
    }

    /// Lets the cache listen to the websocket of this URL, which is opened unless it is open.
    pub(super) fn hold(
        &self,
        url: Arc<str>,
        credentials: Option<&Credentials>,
        cache: &Arc<ResourceCache>,
    ) -> Arc<Hold> {
        let line = (url, credentials.cloned());
        let mut open = lock(&self.open);
        open.retain(|_, hold| hold.strong_count() > 0);
        if let Some(hold) = open.get(&line).and_then(Weak::upgrade) {
            drop(open);
            hold.subscription.join(cache);
            return hold;
        }
        let subscription = Arc::new(Subscription {
            url: Arc::clone(&line.0),
            credentials: line.1.clone(),
            context: Arc::clone(&self.context),
            number: number(),
            members: Mutex::new(vec![Arc::downgrade(cache)]),
            joined: Notify::new(),
            state: watch::Sender::new(SubscriptionState::Closed),
            listeners: Mutex::default(),
        });
        let (running, stop) = oneshot::channel();
        let hold = Arc::new(Hold {
            subscription: Arc::clone(&subscription),
            _running: running,
        });
        open.insert(line, Arc::downgrade(&hold));
        drop(open);
        self.spawn(move || reconnect::run(subscription, stop));
        hold
    }

    /// Runs a task on the subscriptions' thread.
    pub(super) fn spawn<F: Future<Output = ()> + 'static>(&self, make: impl FnOnce() -> F + Send + 'static) {
        if let Err(error) = self.thread.spawn_apart(make) {
            tracing::error!(%error, "no thread for the subscriptions: nothing is cached");
        }
    }

    /// Closes what the handle opened itself.
    pub(crate) fn close(&self) {
        let automatic = std::mem::take(&mut *lock(&self.automatic));
        drop(automatic);
    }
}

fn number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

impl Subscription {
    fn join(&self, cache: &Arc<ResourceCache>) {
        let mut members = lock(&self.members);
        if !members
            .iter()
            .any(|member| std::ptr::eq(member.as_ptr(), Arc::as_ptr(cache)))
        {
            members.push(Arc::downgrade(cache));
            let state = self.state.borrow();
            // Where it is live the connection says so, once it tells this one too.
            if !state.is_live() {
                cache.set_subscription(self.number, state.clone());
            }
            self.joined.notify_one();
        }
    }

    pub(super) fn members(&self) -> Vec<Arc<ResourceCache>> {
        let mut members = lock(&self.members);
        members.retain(|member| member.strong_count() > 0);
        members.iter().filter_map(Weak::upgrade).collect()
    }

    /// Forgets that a member's owner was found to be back.
    pub(super) fn forget_the_owner(&self) {
        for member in self.members() {
            member.reachability().forget();
        }
    }

    /// Ready when a member's owner answers again, after it did not.
    pub(super) async fn owner_is_back(&self) {
        let reachabilities = self
            .members()
            .into_iter()
            .map(|member| Arc::clone(member.reachability()));
        let mut back: FuturesUnordered<_> = reachabilities
            .map(|reachability| async move { reachability.back().await })
            .collect();
        if back.next().await.is_none() {
            pending().await
        }
    }

    pub(super) fn listen(&self, listener: broadcast::Sender<InvalidationEvent>) {
        let mut listeners = lock(&self.listeners);
        listeners.retain(|listener| listener.receiver_count() > 0);
        listeners.push(listener);
    }

    /// Tells those who wait for events of one that was handled.
    pub(super) fn handled(&self, event: &InvalidationEvent) {
        // A listener without a receiver is gone.
        lock(&self.listeners).retain(|listener| listener.send(event.clone()).is_ok());
    }

    pub(super) fn set_state(&self, state: &SubscriptionState) {
        // Under the lock, so that who joins meanwhile is told of this state or of the one before, and then of this.
        let members = lock(&self.members);
        // That it is live each is told once its cache is: one may have joined since.
        if !state.is_live() {
            for member in members.iter().filter_map(Weak::upgrade) {
                member.set_subscription(self.number, state.clone());
            }
        }
        self.state.send_replace(state.clone());
    }

    pub(super) fn now(&self) -> Duration {
        self.context.clock.now()
    }
}
