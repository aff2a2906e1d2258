//! How a subscription is.

use std::sync::Arc;

use crate::protocol::names::{CLOSE_UNAUTHORIZED, CLOSE_UNKNOWN_RESOURCE, CLOSE_WRONG_VERSION};

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
    /// The owner refused, and an [`InvalidationClient`](super::InvalidationClient) does not try again.
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

/// Why an owner refuses a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The caller may read nothing of the resource, or its credentials are wrong (close code 4401).
    #[error("the caller may read nothing of the resource, or its token is wrong (4401)")]
    Unauthorized,
    /// The owner has no such resource, or it has no websocket (close code 4404).
    #[error(
        "the owner has no websocket for the resource (4404): compare `resource`, and see that the owner's `#[remote_api(..)]` \
         has `websocket_invalidation`"
    )]
    UnknownResource,
    /// The owner speaks another version of the protocol (close code 4406).
    #[error("the owner speaks another protocol version (4406): compare `protocol_version`")]
    WrongVersion,
    /// The handshake was answered with this HTTP status: 401, 403 or 404. Some servers answer so for each of the
    /// other reasons.
    #[error("the owner refused the websocket with HTTP {status}: {}", Self::advice(*.status))]
    Handshake {
        /// The status.
        status: u16,
    },
}

impl Refusal {
    pub(super) fn of_close_code(code: u16) -> Option<Self> {
        match code {
            CLOSE_UNAUTHORIZED => Some(Self::Unauthorized),
            CLOSE_UNKNOWN_RESOURCE => Some(Self::UnknownResource),
            CLOSE_WRONG_VERSION => Some(Self::WrongVersion),
            _ => None,
        }
    }

    fn advice(status: u16) -> &'static str {
        if status == 404 {
            "compare `base_url`, `base_path` and `resource` with the owner's"
        } else {
            "see `GmBuilder::bearer_token`"
        }
    }

    pub(super) fn of_status(status: u16) -> Option<Self> {
        matches!(status, 401 | 403 | 404).then_some(Self::Handshake { status })
    }
}

/// A subscription that ended, since the owner refused it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the subscription to {url} ended: {refusal}")]
pub struct SubscriptionError {
    pub(super) url: Arc<str>,
    pub(super) refusal: Refusal,
}

impl SubscriptionError {
    pub(crate) fn new(url: Arc<str>, refusal: Refusal) -> Self {
        Self { url, refusal }
    }

    /// The websocket's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Why the owner refused.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        self.refusal
    }
}
