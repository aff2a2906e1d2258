//! Credentials that a provider gives and renews.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::time::timeout;

use super::active::ActiveCredential;
use super::credential::Credential;
use super::provider::{Connect, CredentialRequest, ErasedProvider};
use super::state::{Renewal, State};
use crate::client::cache::Clock;
use crate::client::transport::Spawner;
use crate::client::{BaseUrl, ResourceCache};
use crate::error::CredentialError;
use crate::time_limit::with_time_limit;

/// The settings that all sources of a handle share.
#[derive(Clone)]
pub(crate) struct RenewalContext {
    pub(crate) connect: Connect,
    pub(crate) clock: Arc<dyn Clock>,
    /// The time limit of a call of the provider.
    pub(crate) time_limit: Duration,
}

/// Credentials that a provider gives and renews.
///
/// The provider is called on a thread of its own: it may block, and its callers may be cancelled or have no runtime.
pub(crate) struct Renewing {
    /// Identifies the source in this process.
    pub(super) number: u64,
    provider: Arc<dyn ErasedProvider>,
    /// The provider's name, for logs. The application's code must not run under a lock.
    source: String,
    context: RenewalContext,
    thread: Spawner,
    state: Mutex<State>,
    /// The identity of the credential in use. It changes before the credential does.
    identity: AtomicU64,
    /// The number of the credential in use.
    published: watch::Sender<u64>,
    caches: Mutex<Vec<Weak<ResourceCache>>>,
    /// The base URLs to which the credentials are sent, for logs.
    services: Mutex<BTreeSet<String>>,
}

impl Renewing {
    pub(super) fn new(provider: Arc<dyn ErasedProvider>, context: RenewalContext) -> Arc<Self> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Arc::new(Self {
            number: LAST.fetch_add(1, Ordering::Relaxed),
            source: provider.name(),
            provider,
            context,
            thread: Spawner::new("gm-credentials"),
            state: Mutex::new(State::new()),
            identity: AtomicU64::new(0),
            published: watch::Sender::new(0),
            caches: Mutex::default(),
            services: Mutex::default(),
        })
    }

    /// A credential that is valid now. Waits for the provider if there is none.
    pub(crate) async fn current(self: &Arc<Self>) -> Result<Arc<ActiveCredential>, CredentialError> {
        let renewal = {
            let (now, mut state) = (self.now(), lock(&self.state));
            if let Some(current) = state.valid(now).cloned() {
                self.renew_if_due(&mut state, now);
                return Ok(current);
            }
            match state.failure(now).cloned() {
                None => self.join_or_start(&mut state, Call::Due),
                Some(_) if state.may_compare_version(now) => self.join_or_start(&mut state, Call::IfChanged),
                Some(failure) => return Err(failure),
            }
        };
        self.wait(renewal).await;
        let (now, state) = (self.now(), lock(&self.state));
        match (state.valid(now), state.failure(now)) {
            (Some(current), _) => Ok(Arc::clone(current)),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => Err(CredentialError::Ended),
        }
    }

    /// Whether there is a valid credential, and another one than an owner `rejected`. The provider is called only if its version
    /// differs.
    pub(crate) async fn has_come(self: &Arc<Self>, rejected: Option<&ActiveCredential>) -> bool {
        let renewal = {
            let (now, mut state) = (self.now(), lock(&self.state));
            if state.valid_other_than(rejected, now).is_some() {
                return true;
            }
            if !state.may_compare_version(now) {
                return false;
            }
            self.join_or_start(&mut state, Call::IfChanged)
        };
        self.wait(renewal).await;
        let state = lock(&self.state);
        state.valid_other_than(rejected, self.now()).is_some()
    }

    /// A credential that was given after `rejected`, which an owner rejected. `None` if there is none.
    pub(crate) async fn after_rejection(
        self: &Arc<Self>,
        rejected: &ActiveCredential,
    ) -> Option<Arc<ActiveCredential>> {
        let renewal = {
            let (now, mut state) = (self.now(), lock(&self.state));
            if let Some(current) = state.valid_other_than(Some(rejected), now) {
                return Some(Arc::clone(current));
            }
            let call = if state.running.is_some() || state.may_replace_rejected(now) {
                Call::AfterRejection
            } else if state.may_compare_version(now) {
                Call::IfChanged
            } else {
                return None;
            };
            self.join_or_start(&mut state, call)
        };
        self.wait(renewal).await;
        let state = lock(&self.state);
        state.valid_other_than(Some(rejected), self.now()).cloned()
    }

    /// The identity for which the credential in use stands.
    pub(crate) fn identity(&self) -> u64 {
        self.identity.load(Ordering::Acquire)
    }

    /// When this credential ends. A provider may give it again with a later end.
    pub(crate) fn end_of(&self, credential: &ActiveCredential) -> Option<Duration> {
        let state = lock(&self.state);
        let again = state.current.as_ref();
        let again = again.filter(|current| current.number == credential.number);
        again.map_or(credential.ends, |current| current.ends)
    }

    /// The number of the credential in use, and its changes.
    pub(crate) fn published(&self) -> watch::Receiver<u64> {
        self.published.subscribe()
    }

    /// Starts a renewal in the background if one is due. Returns when the next one is due, at the earliest. `None` while one runs,
    /// at whose end [`published`](Self::published) changes.
    pub(crate) fn keep_fresh(self: &Arc<Self>) -> Option<Duration> {
        let (now, mut state) = (self.now(), lock(&self.state));
        self.renew_if_due(&mut state, now);
        state.due().filter(|_| state.running.is_none())
    }

    /// Has the cache follow the identity and the end of the credentials.
    pub(super) fn attach(&self, cache: &Arc<ResourceCache>, service: &BaseUrl) {
        lock(&self.services).insert(service.as_str().to_owned());
        // The lock orders this with a renewal.
        let state = lock(&self.state);
        let mut caches = lock(&self.caches);
        caches.retain(|cache| cache.strong_count() > 0);
        caches.push(Arc::downgrade(cache));
        if let Some(current) = &state.current {
            cache.change_identity(current.identity);
            cache.end_with_credential(current.ends);
        }
    }

    fn now(&self) -> Duration {
        self.context.clock.now()
    }

    fn renew_if_due(self: &Arc<Self>, state: &mut State, now: Duration) {
        if state.is_due(now) {
            drop(self.join_or_start(state, Call::Due));
        }
    }

    fn join_or_start(self: &Arc<Self>, state: &mut State, call: Call) -> Renewal {
        if let Some(running) = &state.running {
            return running.clone();
        }
        let (done, renewal) = oneshot::channel();
        let renewal = renewal.shared();
        state.running = Some(renewal.clone());
        let this = Arc::clone(self);
        let started = self.thread.spawn_apart(move || async move {
            this.renew(call).await;
            let _ = done.send(());
        });
        if let Err(error) = started {
            let stopped = CredentialError::Stopped(error.to_string().into());
            state.running = None;
            state.failed(stopped, self.now());
        }
        renewal
    }

    /// Waits for the end of a call. A provider that blocks its thread has a time limit, too.
    async fn wait(&self, renewal: Renewal) {
        let limit = self.context.time_limit;
        let grace = Duration::from_secs(1);
        if with_time_limit(limit.saturating_add(grace), renewal)
            .await
            .is_none()
        {
            let (now, mut state) = (self.now(), lock(&self.state));
            // All callers end their wait at about the same time, and the call failed once.
            if state.running.is_some() && state.failure(now).is_none() {
                state.failed(CredentialError::Timeout(limit), now);
            }
        }
    }

    /// Calls the provider. Runs on the thread of the source.
    async fn renew(&self, call: Call) {
        let limit = self.context.time_limit;
        let called = self.now();
        // Before the call, so that a change during the call is not missed.
        let version = catch_unwind(AssertUnwindSafe(|| self.provider.version())).unwrap_or_default();
        {
            let mut state = lock(&self.state);
            let differs = state.replace_version(version, called);
            if matches!(call, Call::IfChanged) && !differs {
                state.running = None;
                drop(state);
                self.published.send_modify(|_| ());
                return;
            }
        }
        let request = CredentialRequest {
            rejected: matches!(call, Call::AfterRejection),
            connect: Arc::clone(&self.context.connect),
        };
        let call = AssertUnwindSafe(async { self.provider.credential(&request).await }).catch_unwind();
        let result = match timeout(limit, call).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(CredentialError::Panicked),
            Err(_) => Err(CredentialError::Timeout(limit)),
        };
        self.finish(result, called);
    }

    fn finish(&self, result: Result<Credential, CredentialError>, called: Duration) {
        let (now, mut state) = (self.now(), lock(&self.state));
        state.running = None;
        let read = match result.and_then(|credential| credential.read(called, now)) {
            Ok(read) => read,
            Err(error) => {
                self.log_failure(&error, state.failed_alike(&error));
                state.failed(error, now);
                drop(state);
                // Websockets wait until the next call is due.
                self.published.send_modify(|_| ());
                return;
            }
        };
        let former = state.current.clone();
        let changed = former.is_some() && state.identity != read.identity;
        let identity = if changed {
            // A response that arrives from here on is not taken for one to the new identity.
            self.identity.fetch_add(1, Ordering::AcqRel).wrapping_add(1)
        } else {
            self.identity()
        };
        let number = match &former {
            Some(former) if !changed && former.authorization() == read.authorization => former.number,
            Some(former) => former.number.wrapping_add(1),
            None => 1,
        };
        let credential = Arc::new(ActiveCredential::new(
            read.authorization,
            number,
            identity,
            read.ends,
        ));
        // The caches change before a request can be sent for the new identity.
        for cache in lock(&self.caches).iter().filter_map(Weak::upgrade) {
            if changed {
                cache.change_identity(identity);
            }
            cache.end_with_credential(read.ends);
        }
        if state.has_failed() {
            tracing::info!(services = %self.services(), source = %self.source, "the credentials are renewed again");
        }
        state.succeeded(credential, read.identity, read.check_after, now);
        drop(state);
        self.published.send_replace(number);
    }

    /// A failure that is repeated in each backoff is logged once.
    fn log_failure(&self, error: &CredentialError, is_repeated: bool) {
        let (services, source) = (self.services(), &self.source);
        if is_repeated {
            tracing::debug!(%services, %source, %error, "could not renew the credentials");
        } else {
            tracing::warn!(%services, %source, %error, "could not renew the credentials: requests fail once the present one has ended");
        }
    }

    /// The base URLs to which the credentials are sent.
    fn services(&self) -> String {
        let services: Vec<_> = lock(&self.services).iter().cloned().collect();
        services.join(", ")
    }
}

/// Why the provider is called.
#[derive(Clone, Copy)]
enum Call {
    /// There is no valid credential, or its renewal is due.
    Due,
    /// An owner rejected the credential.
    AfterRejection,
    /// The provider has failed, or an owner rejected its credential, and its version may differ.
    IfChanged,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
