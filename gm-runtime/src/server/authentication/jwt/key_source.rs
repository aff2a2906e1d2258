//! Where the keys of an issuer come from, and when they are loaded again.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use jsonwebtoken::Algorithm;

use super::key::Expected;
use super::key_set::{KeySet, MAX_BYTES};
use super::token::Header;
use crate::access::Printable;
use crate::features::client::Document;
use crate::interface::BoxFuture;
use crate::server::authentication::bounded_file;
use crate::time_limit::with_time_limit;

/// How long a load may take.
const LOAD_TIME: Duration = Duration::from_secs(5);

/// Where keys are loaded from.
pub(super) enum Location {
    File(PathBuf),
    Url(Document),
}

impl Location {
    /// The name for logs.
    fn name(&self) -> Cow<'_, str> {
        match self {
            Self::File(path) => path.to_string_lossy(),
            Self::Url(document) => Cow::Borrowed(document.name()),
        }
    }

    /// What helps against keys that can't be loaded.
    fn advice(&self) -> &'static str {
        match self {
            Self::File(_) => "check the file of `JwtIssuer::jwks_file`",
            Self::Url(_) => {
                "check that the identity provider runs and that this service reaches it, and the URL of `JwtIssuer::jwks_url`"
            }
        }
    }
}

/// The keys of an issuer: those of the builder, and those that are loaded.
pub(super) struct KeySource {
    pub(super) expected: Expected,
    fixed: KeySet,
    location: Option<Location>,
    /// The shortest time between two loads.
    pause: Duration,
    /// The age at which keys are loaded again.
    max_age: Duration,
    /// How often a key has disappeared.
    removals: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    loaded: Arc<KeySet>,
    last_success: Option<Instant>,
    last_attempt: Option<Instant>,
    loading: Option<Loading>,
}

/// A load that is in progress, which all callers share.
pub(super) type Loading = Shared<BoxFuture<'static, ()>>;

/// The task of a load.
struct LoadTask {
    source: Arc<KeySource>,
    loading: Loading,
}

impl Drop for LoadTask {
    /// A runtime that ends drops the task. Perhaps no caller waits for the load then, so the next one may begin.
    fn drop(&mut self) {
        let mut state = self.source.state();
        if self.loading.peek().is_none()
            && let Some(loading) = &state.loading
            && loading.ptr_eq(&self.loading)
        {
            state.loading = None;
            state.last_attempt = None;
        }
    }
}

impl KeySource {
    pub(super) fn new(
        expected: Expected,
        fixed: KeySet,
        location: Option<Location>,
        pause: Duration,
        max_age: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            expected,
            fixed,
            location,
            pause,
            max_age,
            removals: AtomicU64::new(0),
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often a key has disappeared. Tokens that were verified before may have been signed with it.
    pub(super) fn removals(&self) -> u64 {
        self.removals.load(Ordering::SeqCst)
    }

    /// The keys that are loaded at present.
    pub(super) fn loaded(&self) -> Arc<KeySet> {
        Arc::clone(&self.state().loaded)
    }

    /// Whether keys have to be loaded, and have never been.
    pub(super) fn await_first_load(&self) -> bool {
        self.location.is_some() && self.state().last_success.is_none()
    }

    /// The keys that do not have to be loaded.
    pub(super) fn fixed(&self) -> &KeySet {
        &self.fixed
    }

    /// Whether there is a key for a token with this header.
    pub(super) fn has_key(&self, header: &Header, algorithm: Algorithm) -> bool {
        let id = header.key_id.as_deref();
        self.fixed.candidates(id, algorithm).next().is_some()
            || self.loaded().candidates(id, algorithm).next().is_some()
    }

    /// A load that is in progress, or a new one if the last attempt is long enough ago.
    pub(super) fn load(self: &Arc<Self>) -> Option<Loading> {
        let mut state = self.state();
        if let Some(loading) = &state.loading {
            return Some(loading.clone());
        }
        self.location.as_ref()?;
        let now = Instant::now();
        if state
            .last_attempt
            .is_some_and(|last| now.saturating_duration_since(last) < self.pause)
        {
            return None;
        }
        state.last_attempt = Some(now);
        let source = Arc::clone(self);
        let load: BoxFuture<'static, ()> = Box::pin(async move {
            let load = AssertUnwindSafe(source.read()).catch_unwind();
            let read = with_time_limit(LOAD_TIME, Box::pin(load)).await;
            source.take(match read {
                Some(Ok(read)) => read,
                Some(Err(_)) => Err("loading the key set panicked".to_owned()),
                None => Err("the key set did not arrive within 5 s".to_owned()),
            });
        });
        let loading = load.shared();
        state.loading = Some(loading.clone());
        // A task, so that the load continues if the caller leaves. Without a runtime the callers drive it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let task = LoadTask {
                source: Arc::clone(self),
                loading: loading.clone(),
            };
            runtime.spawn(async move { task.loading.clone().await });
        }
        Some(loading)
    }

    /// Starts a load in the background if the keys are old.
    pub(super) fn refresh(self: &Arc<Self>) {
        let is_old = {
            let last = self.state().last_success;
            last.is_some_and(|last| last.elapsed() >= self.max_age)
        };
        if is_old {
            drop(self.load());
        }
    }

    /// Reads the file of keys at once, if the keys are in a file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read_file(&self) -> Result<(), String> {
        let Some(Location::File(path)) = &self.location else {
            return Ok(());
        };
        let read = bounded_file::read(path, MAX_BYTES).and_then(|bytes| self.parse(&bytes))?;
        let mut state = self.state();
        state.loaded = Arc::new(read);
        state.last_success = Some(Instant::now());
        Ok(())
    }

    async fn read(&self) -> Result<KeySet, String> {
        let bytes = match &self.location {
            None => return Err("there is nothing to load".to_owned()),
            Some(Location::Url(document)) => document.read().await?,
            Some(Location::File(path)) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || bounded_file::read(&path, MAX_BYTES));
                read.await.map_err(|error| error.to_string())??.into()
            }
        };
        self.parse(&bytes)
    }

    fn parse(&self, bytes: &[u8]) -> Result<KeySet, String> {
        KeySet::read(bytes).map_err(str::to_owned)
    }

    fn log_failure(&self, error: &str, has_loaded: bool) {
        let name = self.location.as_ref().map(Location::name).unwrap_or_default();
        let advice = self.location.as_ref().map(Location::advice).unwrap_or_default();
        let meanwhile = if has_loaded {
            "the keys that were loaded before stay in use"
        } else {
            "until they are loaded, requests with tokens that need them are answered 503"
        };
        tracing::warn!(
            issuer = self.expected.issuer,
            "the keys at `{}` can't be loaded: {}; {advice}; {meanwhile}",
            Printable(&name),
            Printable(error),
        );
    }

    /// Takes the outcome of a load. The old keys stay if it failed.
    fn take(&self, read: Result<KeySet, String>) {
        let mut state = self.state();
        state.loading = None;
        match read {
            Ok(loaded) => {
                let lost_some = state.loaded.has_more_than(&loaded);
                state.loaded = Arc::new(loaded);
                // Counted after the keys are replaced, so that a token of a removed key does not count as verified later.
                if lost_some {
                    self.removals.fetch_add(1, Ordering::SeqCst);
                }
                state.last_success = Some(Instant::now());
            }
            Err(error) => {
                let has_loaded = state.last_success.is_some();
                drop(state);
                self.log_failure(&error, has_loaded);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    /// A worker of actix that panics is replaced by another one, with a runtime of its own.
    #[test]
    fn a_load_whose_runtime_ends_is_followed_by_another() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            &file,
            r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
        )
        .unwrap();
        let expected = Expected {
            issuer: "issuer".to_owned(),
            audiences: vec!["audience".to_owned()],
        };
        let location = Some(Location::File(file.path().to_owned()));
        let hour = Duration::from_secs(3600);
        let source = KeySource::new(expected, KeySet::default(), location, hour, hour);
        let first = runtime();
        {
            let _entered = first.enter();
            drop(source.load().unwrap());
        }
        drop(first);
        runtime().block_on(async {
            source.load().unwrap().await;
        });
        assert!(!source.loaded().is_empty());
        // The pause between two loads is that after the second one.
        assert!(source.load().is_none());
    }
}
