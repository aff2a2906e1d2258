//! Opens a websocket again and again.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::connection::{self, End};
use super::subscription::Subscription;
use super::{Disconnect, SubscriptionState};
use crate::pauses::Pauses;

/// Keeps the websocket of a subscription open until nobody holds it.
pub(super) async fn keep(subscription: Arc<Subscription>, mut stop: oneshot::Receiver<Infallible>) {
    let mut pauses = Pauses::new();
    loop {
        subscription.set_state(&SubscriptionState::Connecting);
        let reason = match connection::run(&subscription, &mut stop).await {
            End::Stopped => break,
            End::Disconnected { reason, was_stable } => {
                if was_stable {
                    pauses = Pauses::new();
                }
                reason
            }
        };
        let pause = match reason {
            Disconnect::Refused(_) => pauses.after_refusal(),
            _ => pauses.next(),
        };
        tracing::warn!(url = %subscription.url, %reason, ?pause, "not subscribed: nothing is cached meanwhile");
        subscription.set_state(&SubscriptionState::Waiting { reason });
        tokio::select! {
            biased;
            _ = &mut stop => break,
            () = subscription.owner_is_back() => pauses = Pauses::new(),
            () = tokio::time::sleep(pause) => {}
        }
    }
    subscription.set_state(&SubscriptionState::Closed);
}
