//! The subscriptions of a handle.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::oneshot;

use super::reconnect;
use super::subscription::{Context, Subscription};
use crate::client::CredentialSource;
use crate::client::cache::ResourceCache;
use crate::client::transport::Spawner;

/// The subscriptions of a handle, one for each URL and credentials, and their thread.
///
/// The thread starts with the first subscription and ends with the handle.
pub(crate) struct Subscriptions {
    context: Arc<Context>,
    open: Mutex<HashMap<Key, Weak<Hold>>>,
    /// The subscriptions that the handle opened itself.
    automatic: Mutex<Vec<Arc<Hold>>>,
    thread: Spawner,
}

/// A URL and the source of the credentials sent to it. Events depend on both, so different callers share no websocket.
type Key = (Arc<str>, Option<CredentialSource>);

/// Keeps a subscription open. It is closed when its last holder drops this.
pub(crate) struct Hold {
    pub(crate) subscription: Arc<Subscription>,
    _running: oneshot::Sender<Infallible>,
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

    /// Subscribes the cache to this URL until the handle is closed.
    pub(crate) fn keep_open(
        &self,
        url: Arc<str>,
        credentials: Option<&CredentialSource>,
        cache: &Arc<ResourceCache>,
    ) {
        let hold = self.hold(url, credentials, cache);
        let mut automatic = lock(&self.automatic);
        if !automatic.iter().any(|held| Arc::ptr_eq(held, &hold)) {
            automatic.push(hold);
        }
    }

    /// Subscribes the cache to this URL for as long as the hold lives. An open subscription is shared.
    pub(crate) fn hold(
        &self,
        url: Arc<str>,
        credentials: Option<&CredentialSource>,
        cache: &Arc<ResourceCache>,
    ) -> Arc<Hold> {
        let key = (url, credentials.cloned());
        let mut open = lock(&self.open);
        open.retain(|_, hold| hold.strong_count() > 0);
        if let Some(hold) = open.get(&key).and_then(Weak::upgrade) {
            drop(open);
            hold.subscription.join(cache);
            return hold;
        }
        let (url, credentials) = key.clone();
        let subscription =
            Subscription::new(url, credentials, Arc::clone(&self.context), next_number(), cache);
        let subscription = Arc::new(subscription);
        let (running, stop) = oneshot::channel();
        let hold = Arc::new(Hold {
            subscription: Arc::clone(&subscription),
            _running: running,
        });
        open.insert(key, Arc::downgrade(&hold));
        drop(open);
        self.spawn(move || reconnect::run(subscription, stop));
        hold
    }

    /// Runs a task on the subscriptions' thread.
    pub(crate) fn spawn<F: Future<Output = ()> + 'static>(&self, make: impl FnOnce() -> F + Send + 'static) {
        if let Err(error) = self.thread.spawn_apart(make) {
            tracing::error!(%error, "could not start the subscriptions' thread: nothing is cached");
        }
    }

    /// Closes the subscriptions that the handle opened itself.
    pub(crate) fn close(&self) {
        let automatic = std::mem::take(&mut *lock(&self.automatic));
        drop(automatic);
    }
}

fn next_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
