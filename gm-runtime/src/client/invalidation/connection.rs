//! One websocket connection, from the handshake to its end.

use std::convert::Infallible;
use std::sync::Arc;

use actix_http::ws::Frame;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::oneshot;

use super::established::{Connection, close, closed};
use super::handshake::{Failed, Opened, open};
use super::subscription::Subscription;
use crate::client::{ActiveCredential, Disconnect, SubscriptionState};

/// How a connection ended.
pub(super) enum End {
    /// The subscription has no holder any more.
    Stopped,
    /// The connection failed, or the owner closed it.
    Disconnected {
        reason: Disconnect,
        /// Whether the owner had answered a ping.
        was_stable: bool,
        /// The credential of the connection.
        credential: Option<Arc<ActiveCredential>>,
    },
}

/// Opens the websocket, and applies its events until the connection ends or `stop` is dropped.
pub(super) async fn run(subscription: &Arc<Subscription>, stop: &mut oneshot::Receiver<Infallible>) -> End {
    let opened = tokio::select! {
        biased;
        _ = &mut *stop => return End::Stopped,
        opened = open(subscription) => opened,
    };
    let mut opened = match opened {
        Ok(opened) => opened,
        Err(Failed { reason, credential }) => {
            return End::Disconnected {
                reason,
                was_stable: false,
                credential,
            };
        }
    };
    loop {
        match serve(subscription, opened, stop).await {
            // The next websocket was open already. Events of the former one may be lost, so the caches start anew.
            Served::Replaced(next) => opened = next,
            Served::Ended(end) => return end,
        }
    }
}

enum Served {
    Ended(End),
    Replaced(Opened),
}

/// Applies the events of a websocket until it ends, or until one that was opened ahead must replace it.
async fn serve(
    subscription: &Arc<Subscription>,
    opened: Opened,
    stop: &mut oneshot::Receiver<Infallible>,
) -> Served {
    let guaranteed = opened.guaranteed;
    let mut opened = opened;
    // An owner may refuse with a close frame right after its 101. The subscription is not announced as live then.
    let first = opened.socket.next().now_or_never();
    if let Some(Some(Ok(Frame::Close(reason)))) = &first {
        return Served::Ended(End::Disconnected {
            reason: closed(reason.as_ref()),
            was_stable: false,
            credential: opened.credential,
        });
    }
    let mut connection = Connection::new(subscription, opened);
    let remaining = connection.remaining_lease();
    // The caches are invalidated before they serve anything and before the state is announced.
    let admitted = connection.admit_members();
    let end = match admitted {
        Ok(()) => {
            tracing::info!(url = %subscription.url, guaranteed, "subscribed");
            subscription.set_state(&SubscriptionState::Live { guaranteed });
            connection.listen(first, remaining, stop).await
        }
        Err(reason) => Some(reason),
    };
    // The caches stop serving before the state is announced.
    connection.live.clear();
    match (end, connection.renewal.take()) {
        (None, _) => {
            close(connection.socket).await;
            Served::Ended(End::Stopped)
        }
        (Some(reason), Some(next)) => {
            tracing::info!(url = %subscription.url, %reason, "the websocket that was opened ahead replaces the former one");
            Served::Replaced(next)
        }
        (Some(reason), None) => Served::Ended(End::Disconnected {
            reason,
            was_stable: connection.was_stable,
            credential: connection.credential,
        }),
    }
}
