//! The reconnect loop of a websocket.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::connection::{self, End};
use super::fresh_credential::FreshCredential;
use super::subscription::Subscription;
use crate::backoff::{Backoff, with_jitter};
use crate::client::{Disconnect, SubscriptionState};
use crate::protocol::close_code::{GOING_AWAY, SERVICE_RESTART, TRY_AGAIN_LATER};

/// A longer backoff ends early when the owner can be reached again.
const LONG_BACKOFF: Duration = Duration::from_secs(5);
/// The least time between two attempts if a backoff ends early, before jitter. An overloaded owner, which answers now and then, is
/// not asked more often.
const MIN_INTERVAL: Duration = Duration::from_millis(2500);
/// The delay after the owner can be reached again, before jitter. All consumers notice it at about the same time.
const RECOVERY_DELAY: Duration = Duration::from_millis(500);

/// Keeps the websocket of a subscription open until `stop` is dropped.
pub(super) async fn run(subscription: Arc<Subscription>, mut stop: oneshot::Receiver<Infallible>) {
    let mut backoff = Backoff::new();
    let mut fresh_credential = FreshCredential::new();
    loop {
        subscription.set_state(&SubscriptionState::Connecting);
        // A panic, such as one of the application's subscriber of logs, is a loss like others. Else the task would end, and the
        // subscription would stay what it was for ever.
        let connection = AssertUnwindSafe(connection::run(&subscription, &mut stop)).catch_unwind();
        let (reason, credential) = match connection.await.unwrap_or_else(|_| panicked()) {
            End::Stopped => break,
            End::Disconnected {
                reason,
                was_stable,
                credential,
            } => {
                if was_stable {
                    backoff = Backoff::new();
                    fresh_credential = FreshCredential::new();
                }
                (reason, credential)
            }
        };
        let credential = credential.as_deref();
        let comes_at_once = tokio::select! {
            biased;
            _ = &mut stop => break,
            at_once = fresh_credential.comes_at_once(&subscription, &reason, credential) => at_once,
        };
        if comes_at_once {
            tracing::info!(url = %subscription.url, %reason, "subscribing again with the present credential");
            continue;
        }
        let delay = match reason {
            Disconnect::Refused(_) => backoff.after_refusal(),
            Disconnect::Closed(Some(GOING_AWAY | SERVICE_RESTART | TRY_AGAIN_LATER)) => {
                backoff.after_shutdown()
            }
            _ => backoff.next(),
        };
        if matches!(reason, Disconnect::NoCredential(_)) {
            // The source of the credentials has logged the cause, once for all of its services.
            tracing::debug!(url = %subscription.url, %reason, ?delay, "not subscribed, since there is no credential");
        } else {
            tracing::warn!(url = %subscription.url, %reason, ?delay, "not subscribed: nothing is cached until the subscription is live");
        }
        // A recovery before this attempt did not help.
        subscription.clear_recovery();
        subscription.set_state(&SubscriptionState::Waiting {
            reason: reason.clone(),
        });
        tokio::select! {
            biased;
            _ = &mut stop => break,
            () = owner_recovered(&subscription), if delay > LONG_BACKOFF => {}
            () = fresh_credential.came(&subscription, &reason, credential) => {}
            () = sleep(delay) => {}
        }
    }
    subscription.set_state(&SubscriptionState::Closed);
}

fn panicked() -> End {
    End::Disconnected {
        reason: Disconnect::ConnectionLost("its task panicked".into()),
        was_stable: false,
        credential: None,
    }
}

/// Ready when the owner can be reached again and it is time for another attempt.
async fn owner_recovered(subscription: &Subscription) {
    sleep(with_jitter(MIN_INTERVAL)).await;
    subscription.owner_recovered().await;
    sleep(with_jitter(RECOVERY_DELAY)).await;
}
