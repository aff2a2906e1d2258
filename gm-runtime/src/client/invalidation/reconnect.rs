//! Opens a websocket again and again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::connection::{self, End};
use super::subscription::Subscription;
use crate::backoff::{Backoff, with_jitter};
use crate::client::{Disconnect, SubscriptionState};
use crate::protocol::names::{CLOSE_GOING_AWAY, CLOSE_RESTART, CLOSE_TRY_LATER};

/// A pause beyond this ends early where the owner is found to be back.
const LONG: Duration = Duration::from_secs(5);
/// How long after the last try that may be, at least, and up to twice as long by chance: an owner that answers now and then,
/// since it has too much to do, is so asked seldom, whatever the last try came to.
const APART: Duration = Duration::from_millis(2500);
/// How long after it was found to be back, likewise: all its consumers find it at about the same time.
const BACK: Duration = Duration::from_millis(500);

/// Keeps the websocket of a subscription open until nobody holds it.
pub(super) async fn run(subscription: Arc<Subscription>, mut stop: oneshot::Receiver<Infallible>) {
    let mut pauses = Backoff::new();
    loop {
        subscription.set_state(&SubscriptionState::Connecting);
        let reason = match connection::run(&subscription, &mut stop).await {
            End::Stopped => break,
            End::Disconnected { reason, was_stable } => {
                if was_stable {
                    pauses = Backoff::new();
                }
                reason
            }
        };
        let pause = match reason {
            Disconnect::Refused(_) => pauses.after_refusal(),
            Disconnect::Closed(Some(CLOSE_GOING_AWAY | CLOSE_RESTART | CLOSE_TRY_LATER)) => {
                pauses.after_shutdown()
            }
            _ => pauses.next(),
        };
        tracing::warn!(url = %subscription.url, %reason, ?pause, "not subscribed: nothing is cached meanwhile");
        // Before this try it was back, perhaps, and that did not help.
        subscription.clear_recovery();
        subscription.set_state(&SubscriptionState::Waiting { reason });
        tokio::select! {
            biased;
            _ = &mut stop => break,
            () = owner_is_back(&subscription), if pause > LONG => {}
            () = sleep(pause) => {}
        }
    }
    subscription.set_state(&SubscriptionState::Closed);
}

/// Ready when the owner answers again that did not, and it is time for another try.
async fn owner_is_back(subscription: &Subscription) {
    sleep(with_jitter(APART)).await;
    subscription.owner_recovered().await;
    sleep(with_jitter(BACK)).await;
}
