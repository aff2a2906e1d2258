//! Opens a websocket again and again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::connection::{self, End};
use super::subscription::Subscription;
use super::{Disconnect, SubscriptionState};
use crate::pauses::Pauses;

/// A pause beyond this ends, after a short one, where the owner is found to be back. An owner that answers now and then, since it
/// has too much to do, is so asked no more than about once a second.
const LONG: Duration = Duration::from_secs(5);

/// Keeps the websocket of a subscription open until nobody holds it.
pub(super) async fn keep(subscription: Arc<Subscription>, mut stop: oneshot::Receiver<Infallible>) {
    let mut pauses = Pauses::new();
    'open: loop {
        subscription.set_state(&SubscriptionState::Connecting);
        let reason = match connection::run(&subscription, &mut stop).await {
            End::Stopped => break 'open,
            End::Disconnected { reason, was_stable } => {
                if was_stable {
                    pauses = Pauses::new();
                }
                reason
            }
        };
        let mut pause = match reason {
            Disconnect::Refused(_) => pauses.after_refusal(),
            _ => pauses.next(),
        };
        tracing::warn!(url = %subscription.url, %reason, ?pause, "not subscribed: nothing is cached meanwhile");
        subscription.set_state(&SubscriptionState::Waiting { reason });
        loop {
            tokio::select! {
                biased;
                _ = &mut stop => break 'open,
                () = subscription.owner_is_back(), if pause > LONG => {
                    pauses = Pauses::new();
                    pause = pauses.next();
                }
                () = tokio::time::sleep(pause) => break,
            }
        }
    }
    subscription.set_state(&SubscriptionState::Closed);
}
