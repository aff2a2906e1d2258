//! Observes the subscriptions of an invalidation client.

use std::sync::{Arc, Weak};

use futures_util::future::select_all;
use tokio::sync::watch;

use super::shared::{Shared, lock};
use crate::client::{Disconnect, Subscription, SubscriptionState};
use crate::error::SubscriptionError;

/// A subscription whose state is observed.
pub(super) struct Observed {
    url: Arc<str>,
    state: watch::Receiver<SubscriptionState>,
}

impl Observed {
    pub(super) fn new(subscription: &Subscription) -> Self {
        Self {
            url: Arc::clone(&subscription.url),
            state: subscription.state.subscribe(),
        }
    }
}

/// Publishes the combined state of the subscriptions until the client is dropped or an owner refuses.
pub(super) async fn observe_all(mut observed: Vec<Observed>, shared: Weak<Shared>) {
    loop {
        let mut worst = SubscriptionState::Live { guaranteed: true };
        for Observed { url, state } in &mut observed {
            let state = state.borrow_and_update().clone();
            let Some(shared) = shared.upgrade() else { return };
            if let SubscriptionState::Waiting {
                reason: Disconnect::Refused(refusal),
            } = state
            {
                let url = Arc::clone(url);
                *lock(&shared.refused) = Some(Arc::new(SubscriptionError { url, refusal }));
                drop(shared.end(SubscriptionState::Ended { refusal }));
                return;
            }
            if severity(&state) > severity(&worst) {
                worst = state;
            }
        }
        if !shared.upgrade().is_some_and(|shared| shared.publish(worst)) || observed.is_empty() {
            return;
        }
        let changes = observed
            .iter_mut()
            .map(|observed| Box::pin(observed.state.changed()));
        let (change, _, _) = select_all(changes).await;
        if change.is_err() {
            return;
        }
    }
}

/// The order in which states are further from live.
fn severity(state: &SubscriptionState) -> u8 {
    match state {
        SubscriptionState::Live { guaranteed: true } => 0,
        SubscriptionState::Live { guaranteed: false } => 1,
        SubscriptionState::Connecting => 2,
        SubscriptionState::Closed => 3,
        SubscriptionState::Waiting { .. } => 4,
        SubscriptionState::Ended { .. } => 5,
    }
}
