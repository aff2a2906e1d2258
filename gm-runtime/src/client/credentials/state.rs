//! When credentials are renewed.

use std::sync::Arc;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::Shared;

use super::active::ActiveCredential;
use crate::backoff::{Backoff, with_jitter};
use crate::error::CredentialError;

/// The least time between two calls of a provider that succeed, unless an owner rejects the credential.
const MIN_INTERVAL: Duration = Duration::from_secs(1);
/// The least time between two comparisons of a provider's version, after a failure or a rejection.
const COMPARE_INTERVAL: Duration = Duration::from_secs(1);
/// The least time between two renewals because an owner rejected the credential. An owner that rejects everything causes no
/// more of them.
const MIN_REJECTION_INTERVAL: Duration = Duration::from_secs(10);

/// A call of the provider. Ready at its end. Its result is in the [`State`].
pub(super) type Renewal = Shared<oneshot::Receiver<()>>;

/// The credential in use, and when the next one is needed. All times are of the cache's clock.
pub(super) struct State {
    pub(super) current: Option<Arc<ActiveCredential>>,
    /// A keyed hash of the identity of `current`.
    pub(super) identity: u128,
    pub(super) running: Option<Renewal>,
    renew_at: Option<Duration>,
    backoff: Backoff,
    /// The last failure, and when it is over.
    failure: Option<(CredentialError, Duration)>,
    rejected_at: Option<Duration>,
    /// The provider's version at the last call.
    version: Option<u64>,
    /// When the version was compared last.
    compared_at: Duration,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            current: None,
            identity: 0,
            running: None,
            renew_at: None,
            backoff: Backoff::new(),
            failure: None,
            rejected_at: None,
            version: None,
            compared_at: Duration::ZERO,
        }
    }

    /// The credential, if it has not ended.
    pub(super) fn valid(&self, now: Duration) -> Option<&Arc<ActiveCredential>> {
        self.current.as_ref().filter(|current| current.holds(now))
    }

    /// The credential, if it has not ended and is another one than `rejected`.
    pub(super) fn valid_other_than(
        &self,
        rejected: Option<&ActiveCredential>,
        now: Duration,
    ) -> Option<&Arc<ActiveCredential>> {
        let is_other = |current: &&Arc<ActiveCredential>| {
            rejected.is_none_or(|rejected| current.number != rejected.number)
        };
        self.valid(now).filter(is_other)
    }

    /// The failure whose backoff is not over.
    pub(super) fn failure(&self, now: Duration) -> Option<&CredentialError> {
        let (error, until) = self.failure.as_ref()?;
        (now < *until).then_some(error)
    }

    /// Whether the provider's version may be compared now, because another one ends a backoff early. If so, the next comparison is
    /// a second later.
    pub(super) fn may_compare_version(&mut self, now: Duration) -> bool {
        let soonest = self.compared_at.saturating_add(COMPARE_INTERVAL);
        let may = self.running.is_none() && self.version.is_some() && soonest <= now;
        if may {
            self.compared_at = now;
        }
        may
    }

    /// Stores the provider's version before a call. Returns whether it differs from that of the call before.
    pub(super) fn replace_version(&mut self, version: Option<u64>, now: Duration) -> bool {
        self.compared_at = now;
        std::mem::replace(&mut self.version, version) != version
    }

    /// When the next renewal is due, at the earliest. `None` for a credential without an end.
    pub(super) fn due(&self) -> Option<Duration> {
        let retry_at = self.failure.as_ref().map(|(_, until)| *until);
        self.renew_at.max(retry_at.filter(|_| self.renew_at.is_some()))
    }

    /// Whether a renewal should start now, in the background.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.running.is_none() && self.due().is_some_and(|due| due <= now)
    }

    /// Whether a rejected credential may be renewed now. If so, the next time is 10 s later.
    pub(super) fn may_replace_rejected(&mut self, now: Duration) -> bool {
        let soonest = self
            .rejected_at
            .map(|last| last.saturating_add(MIN_REJECTION_INTERVAL));
        let may = soonest.is_none_or(|soonest| soonest <= now) && self.failure(now).is_none();
        if may {
            self.rejected_at = Some(now);
        }
        may
    }

    /// Stores the result of a call that succeeded.
    ///
    /// The next call is between a half and three quarters of the remaining life. So at least a quarter is left for retries, and
    /// consumers that started together do not call together. A server that gives the same token until it ends is called
    /// again at a half of what is left then.
    pub(super) fn succeeded(
        &mut self,
        credential: Arc<ActiveCredential>,
        identity: u128,
        check_after: Option<Duration>,
        now: Duration,
    ) {
        let half_life = credential.ends.map(|end| {
            let quarter = end.saturating_sub(now) / 4;
            quarter.saturating_add(with_jitter(quarter))
        });
        let wait = [half_life, check_after].into_iter().flatten().min();
        self.renew_at = wait.map(|wait| now.saturating_add(wait.max(MIN_INTERVAL)));
        self.current = Some(credential);
        self.identity = identity;
        self.backoff = Backoff::new();
        self.failure = None;
    }

    /// Whether the last call failed, with this message.
    pub(super) fn failed_alike(&self, error: &CredentialError) -> bool {
        let last = self.failure.as_ref();
        last.is_some_and(|(last, _)| last.to_string() == error.to_string())
    }

    /// Whether the last call failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Stores the failure of a call. Until the backoff is over there is no other call, unless the provider's version differs.
    pub(super) fn failed(&mut self, error: CredentialError, now: Duration) {
        let until = now.saturating_add(self.backoff.next());
        self.failure = Some((error, until));
        // The credential may have had no end.
        self.renew_at = self.renew_at.map(|due| due.min(now));
    }
}
