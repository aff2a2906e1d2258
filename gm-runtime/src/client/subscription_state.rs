//! How a subscription is.

use std::sync::Arc;

use crate::error::Refusal;

/// How the subscription to a resource's changes is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriptionState {
    /// There is no websocket: none was opened yet, or this side closed it.
    Closed,
    /// The websocket is being opened.
    Connecting,
    /// The owner accepted. Answers are cached from now on, and dropped when an event names them.
    Live {
        /// Whether the owner promises that every change is told, as owners of this project do. Without the promise an
        /// answer is kept for a short time only (`GmBuilder::best_effort_time_to_live`).
        guaranteed: bool,
    },
    /// The websocket ended or could not be opened, and is opened again after a pause.
    Waiting {
        /// Why it ended.
        reason: Disconnect,
    },
    /// The owner refused, and an [`InvalidationClient`](crate::InvalidationClient) does not try again.
    Ended {
        /// Why the owner refused.
        refusal: Refusal,
    },
}

impl SubscriptionState {
    /// Whether answers are cached.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live { .. })
    }
}

/// Why a websocket ended, or could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Disconnect {
    /// The owner refused, in a way that another try alone does not change.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The owner could not be reached, or what answered is no websocket of the contract.
    #[error("the websocket could not be opened: {0}")]
    Unreachable(Arc<str>),
    /// The owner closed it, with this code: 1001 when it stops, 1013 when it can't promise its events.
    #[error("the owner closed the websocket{}", .0.map(|code| format!(" with {code}")).unwrap_or_default())]
    Closed(Option<u16>),
    /// Pings were not answered in time: two of them, or none for as long as answers are served without one.
    #[error("the owner did not answer pings in time")]
    PingTimeout,
    /// The connection broke, or what came over it was not of the websocket protocol.
    #[error("the connection was lost: {0}")]
    ConnectionLost(Arc<str>),
}
