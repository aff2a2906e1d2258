//! One subscription: the state that its connection, its managers and its listeners share.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, broadcast, watch};

use crate::client::cache::{Clock, ResourceCache};
use crate::client::transport::TlsSource;
use crate::client::{CredentialSource, SubscriptionState, Timeouts};
use crate::protocol::event::InvalidationEvent;

/// The settings that all subscriptions of a handle share.
pub(crate) struct Context {
    pub(crate) tls: Arc<TlsSource>,
    pub(crate) timeouts: Timeouts,
    pub(crate) ping_interval: Duration,
    /// How long the caches serve entries after the last answered ping was sent.
    pub(crate) max_staleness: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A subscription to one URL, and the managers whose caches its events invalidate.
pub(crate) struct Subscription {
    pub(crate) url: Arc<str>,
    pub(super) credentials: Option<CredentialSource>,
    pub(super) context: Arc<Context>,
    /// Greater than the number of each earlier subscription.
    pub(super) number: u64,
    members: Mutex<Vec<Weak<ResourceCache>>>,
    /// Notified when a manager joins.
    pub(super) joined: Notify,
    pub(crate) state: watch::Sender<SubscriptionState>,
    listeners: Mutex<Vec<broadcast::Sender<InvalidationEvent>>>,
}

impl Subscription {
    /// A subscription that is not connected yet, with one manager.
    pub(super) fn new(
        url: Arc<str>,
        credentials: Option<CredentialSource>,
        context: Arc<Context>,
        number: u64,
        cache: &Arc<ResourceCache>,
    ) -> Self {
        Self {
            url,
            credentials,
            context,
            number,
            members: Mutex::new(vec![Arc::downgrade(cache)]),
            joined: Notify::new(),
            state: watch::Sender::new(SubscriptionState::Closed),
            listeners: Mutex::default(),
        }
    }

    /// Adds a manager, unless the subscription has it already.
    pub(super) fn join(&self, cache: &Arc<ResourceCache>) {
        let mut members = lock(&self.members);
        if !members
            .iter()
            .any(|member| std::ptr::eq(member.as_ptr(), Arc::as_ptr(cache)))
        {
            members.push(Arc::downgrade(cache));
            let state = self.state.borrow();
            // The connection announces the live state itself, once this manager receives its events.
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

    /// Discards recoveries of the owner that were noticed so far.
    pub(super) fn clear_recovery(&self) {
        for member in self.members() {
            member.reachability().clear_recovery();
        }
    }

    /// Ready when a request of a member succeeds after one could not reach the owner.
    pub(super) async fn owner_recovered(&self) {
        let reachabilities = self
            .members()
            .into_iter()
            .map(|member| Arc::clone(member.reachability()));
        let mut recovered: FuturesUnordered<_> = reachabilities
            .map(|reachability| async move { reachability.recovered().await })
            .collect();
        if recovered.next().await.is_none() {
            pending().await
        }
    }

    /// Sends each event to this listener, after the caches were invalidated.
    pub(crate) fn listen(&self, listener: broadcast::Sender<InvalidationEvent>) {
        let mut listeners = lock(&self.listeners);
        listeners.retain(|listener| listener.receiver_count() > 0);
        listeners.push(listener);
    }

    /// Forwards an event to the listeners.
    pub(super) fn notify_listeners(&self, event: &InvalidationEvent) {
        // A listener without a receiver is removed.
        lock(&self.listeners).retain(|listener| listener.send(event.clone()).is_ok());
    }

    pub(super) fn set_state(&self, state: &SubscriptionState) {
        // The lock orders this with `join`: a manager that joins meanwhile receives this state, or the one before and then
        // this one.
        let members = lock(&self.members);
        // `Connection::admit_members` sets the live state of each manager.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
