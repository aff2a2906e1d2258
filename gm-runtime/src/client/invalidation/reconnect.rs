//! The reconnect loop of a websocket.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::connection::{self, End};
use super::subscription::Subscription;
use crate::backoff::{Backoff, with_jitter};
use crate::client::{ActiveCredential, CredentialSource, Disconnect, SubscriptionState};
use crate::error::Refusal;
use crate::protocol::close_code::{CREDENTIAL_ENDED, GOING_AWAY, SERVICE_RESTART, TRY_AGAIN_LATER};

/// A longer backoff ends early when the owner can be reached again.
const LONG_BACKOFF: Duration = Duration::from_secs(5);
/// The least time between two attempts if a backoff ends early, before jitter. An overloaded owner, which answers now and then, is
/// not asked more often.
const MIN_INTERVAL: Duration = Duration::from_millis(2500);
/// The least time between two looks for a credential while there is none, before jitter.
const CREDENTIAL_INTERVAL: Duration = Duration::from_secs(1);
/// The delay after the owner can be reached again, before jitter. All consumers notice it at about the same time.
const RECOVERY_DELAY: Duration = Duration::from_millis(500);

/// Keeps the websocket of a subscription open until `stop` is dropped.
pub(super) async fn run(subscription: Arc<Subscription>, mut stop: oneshot::Receiver<Infallible>) {
    let mut backoff = Backoff::new();
    // A fresh credential ends the first delay only, so that an owner that rejects all of them is not asked without end.
    let mut came_at_once = false;
    loop {
        subscription.set_state(&SubscriptionState::Connecting);
        let (reason, credential) = match connection::run(&subscription, &mut stop).await {
            End::Stopped => break,
            End::Disconnected {
                reason,
                was_stable,
                credential,
            } => {
                if was_stable {
                    backoff = Backoff::new();
                    came_at_once = false;
                }
                (reason, credential)
            }
        };
        let fresh =
            async { !came_at_once && comes_at_once(&subscription, &reason, credential.as_deref()).await };
        let fresh = tokio::select! {
            biased;
            _ = &mut stop => break,
            fresh = fresh => fresh,
        };
        if fresh {
            tracing::info!(url = %subscription.url, %reason, "subscribing again with the present credential");
            came_at_once = true;
            continue;
        }
        let delay = match reason {
            Disconnect::Refused(_) => backoff.after_refusal(),
            Disconnect::Closed(Some(GOING_AWAY | SERVICE_RESTART | TRY_AGAIN_LATER)) => {
                backoff.after_shutdown()
            }
            _ => backoff.next(),
        };
        let has_no_credential = matches!(reason, Disconnect::NoCredential(_));
        if has_no_credential {
            // The source of the credentials has logged the cause, once for all of its services.
            tracing::debug!(url = %subscription.url, %reason, ?delay, "not subscribed, since there is no credential");
        } else {
            tracing::warn!(url = %subscription.url, %reason, ?delay, "not subscribed: nothing is cached until the subscription is live");
        }
        // A recovery before this attempt did not help.
        subscription.clear_recovery();
        subscription.set_state(&SubscriptionState::Waiting { reason });
        tokio::select! {
            biased;
            _ = &mut stop => break,
            () = owner_recovered(&subscription), if delay > LONG_BACKOFF => {}
            () = credential_came(&subscription), if has_no_credential => {}
            () = sleep(delay) => {}
        }
    }
    subscription.set_state(&SubscriptionState::Closed);
}

/// Whether the next attempt should follow at once, since it has a fresh credential. Renews a credential that the owner rejected.
async fn comes_at_once(
    subscription: &Subscription,
    reason: &Disconnect,
    credential: Option<&ActiveCredential>,
) -> bool {
    let source = subscription
        .credentials
        .as_ref()
        .and_then(CredentialSource::renewing);
    let (rejected, otherwise) = match reason {
        Disconnect::OldCredential => (false, true),
        // Even a token that is never renewed may be accepted again.
        Disconnect::Closed(Some(CREDENTIAL_ENDED)) => (true, true),
        // The response to a caller without a valid credential, among others.
        Disconnect::Refused(Refusal::Unauthorized | Refusal::Handshake { status: 401 }) => (true, false),
        _ => return false,
    };
    match (source, credential) {
        (Some(source), Some(credential)) if rejected => {
            source.after_rejection(credential).await.is_some() || otherwise
        }
        _ => otherwise,
    }
}

/// Ready when there is a credential again: a request has caused a successful call, or the provider's version differs.
async fn credential_came(subscription: &Subscription) {
    let Some(source) = &subscription.credentials else {
        return pending().await;
    };
    loop {
        sleep(with_jitter(CREDENTIAL_INTERVAL)).await;
        if source.has_come().await {
            return;
        }
    }
}

/// Ready when the owner can be reached again and it is time for another attempt.
async fn owner_recovered(subscription: &Subscription) {
    sleep(with_jitter(MIN_INTERVAL)).await;
    subscription.owner_recovered().await;
    sleep(with_jitter(RECOVERY_DELAY)).await;
}
