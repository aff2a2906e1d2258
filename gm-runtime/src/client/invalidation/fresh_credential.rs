//! When a websocket that ended is opened again early, because there is another credential.
//!
//! Reasons: `docs/design/cache.md`, "Credentials".

use std::future::pending;
use std::time::Duration;

use tokio::time::sleep;

use super::subscription::Subscription;
use crate::backoff::{Backoff, with_jitter};
use crate::client::{ActiveCredential, CredentialSource, Disconnect};
use crate::error::Refusal;
use crate::protocol::close_code::CREDENTIAL_ENDED;

/// The least time between two looks for a credential while there is none, or none that the owner accepts, before jitter.
const INTERVAL: Duration = Duration::from_secs(1);

/// The credentials of a subscription, since its last stable connection.
pub(super) struct FreshCredential {
    /// A fresh credential ends the first delay only, so that an owner that rejects all of them is not asked without end.
    came_at_once: bool,
    /// The delays between two calls of the provider while the owner rejects its credentials.
    calls: Backoff,
    /// When the next of these calls is due, on the cache's clock.
    call_at: Option<Duration>,
}

impl FreshCredential {
    pub(super) fn new() -> Self {
        Self {
            came_at_once: false,
            calls: Backoff::of_rejections(),
            call_at: None,
        }
    }

    /// Whether the next attempt should follow at once, since it has a fresh credential. Renews a credential that the owner
    /// rejected.
    pub(super) async fn comes_at_once(
        &mut self,
        subscription: &Subscription,
        reason: &Disconnect,
        credential: Option<&ActiveCredential>,
    ) -> bool {
        if self.call_at.is_none() && is_rejection(reason) {
            self.delay_call(subscription.now());
        }
        if self.came_at_once {
            return false;
        }
        let source = subscription
            .credentials
            .as_ref()
            .and_then(CredentialSource::renewing);
        let (rejected, otherwise) = match reason {
            Disconnect::OldCredential => (false, true),
            // Even a token that is never renewed may be accepted again.
            Disconnect::Closed(Some(CREDENTIAL_ENDED)) => (true, true),
            reason => (is_rejection(reason), false),
        };
        self.came_at_once = match (source, credential) {
            (Some(source), Some(credential)) if rejected => {
                source.after_rejection(credential).await.is_some() || otherwise
            }
            _ => otherwise,
        };
        self.came_at_once
    }

    /// Ready when there is a credential after there was none, or another one than the owner rejected. A request has caused a
    /// call, the provider's version differs, or the provider is called here after a backoff.
    ///
    /// Pending if the reason concerns no credential, or the credential is never renewed.
    pub(super) async fn came(
        &mut self,
        subscription: &Subscription,
        reason: &Disconnect,
        credential: Option<&ActiveCredential>,
    ) {
        let rejected = credential.filter(|_| is_rejection(reason));
        let is_awaited = rejected.is_some() || matches!(reason, Disconnect::NoCredential(_));
        let source = subscription
            .credentials
            .as_ref()
            .filter(|_| is_awaited)
            .and_then(CredentialSource::renewing);
        let Some(source) = source else {
            return pending().await;
        };
        loop {
            sleep(with_jitter(INTERVAL)).await;
            if source.has_come(rejected).await {
                return;
            }
            let now = subscription.now();
            if let Some(rejected) = rejected
                && self.call_at.is_none_or(|due| due <= now)
            {
                self.delay_call(now);
                if source.after_rejection(rejected).await.is_some() {
                    return;
                }
            }
        }
    }

    fn delay_call(&mut self, now: Duration) {
        self.call_at = Some(now.saturating_add(self.calls.next()));
    }
}

/// Whether the owner may have refused because of the credential.
fn is_rejection(reason: &Disconnect) -> bool {
    matches!(
        reason,
        // The responses to a caller without a valid credential, among others. Python servers answer 403.
        Disconnect::Refused(Refusal::Unauthorized | Refusal::Handshake { status: 401 | 403 })
    )
}
