//! The state of a subscription, and why one ends.

use std::sync::Arc;

use crate::error::Refusal;
use crate::health::SubscriptionStatus;

/// The state of the subscription to a resource's events.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriptionState {
    /// There is no websocket: it was not opened yet, or this side closed it.
    Closed,
    /// The websocket is being opened.
    Connecting,
    /// The owner accepted the subscription. Answers are cached, and events invalidate them.
    Live {
        /// Whether the owner guarantees an event for each change, as owners of this project do (`gm-events-1`). Without the
        /// guarantee answers are cached for a short time only (`GmBuilder::best_effort_time_to_live`).
        guaranteed: bool,
    },
    /// The websocket ended or could not be opened. It is opened again after a backoff.
    Waiting {
        /// Why the websocket ended.
        reason: Disconnect,
    },
    /// The owner refused the subscription. An [`InvalidationClient`](crate::InvalidationClient) does not try again.
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

    /// The state without its reasons.
    pub(crate) fn status(&self) -> SubscriptionStatus {
        match self {
            Self::Closed => SubscriptionStatus::Closed,
            Self::Connecting => SubscriptionStatus::Connecting,
            Self::Live { .. } => SubscriptionStatus::Live,
            Self::Waiting { .. } => SubscriptionStatus::Waiting,
            Self::Ended { .. } => SubscriptionStatus::Ended,
        }
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
    /// The owner closed it, with this code: 1001 when it stops, 1013 when it can't promise its events, 4408 when the credential
    /// ended.
    #[error("the owner closed the websocket{}", .0.map(|code| format!(" with {code}")).unwrap_or_default())]
    Closed(Option<u16>),
    /// There was no credential for the owner: see [`CredentialError`](crate::error::CredentialError).
    #[error("there is no credential: {0}")]
    NoCredential(Arc<str>),
    /// The credential of the websocket ended, or the credentials stand for another identity now. The websocket is opened again
    /// with the present one.
    #[error("the credential of the websocket is out of date")]
    OldCredential,
    /// Pings were not answered in time: two of them, or none for as long as answers are served without one.
    #[error("the owner did not answer pings in time")]
    PingTimeout,
    /// The connection broke, or what came over it was not of the websocket protocol.
    #[error("the connection was lost: {0}")]
    ConnectionLost(Arc<str>),
}
