//! Refused subscriptions.

use std::sync::Arc;

/// The reason for which an owner refused a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The caller may not read the resource, or its credentials are wrong (close code 4401).
    #[error(
        "the caller may read nothing of the resource, or its token is wrong (4401); see this consumer's `GmBuilder::credentials` or \
         `GmBuilder::bearer_token`"
    )]
    Unauthorized,
    /// The owner has no such resource, or the resource has no websocket (close code 4404).
    #[error(
        "the owner has no websocket for the resource (4404); compare `resource`, and check that the owner's `#[remote_api(..)]` \
         has `websocket_invalidation`"
    )]
    UnknownResource,
    /// The owner has another protocol version (close code 4406).
    #[error("the owner has another protocol version (4406); compare `protocol_version`")]
    WrongVersion,
    /// The response to the handshake had this HTTP status: 401, 403 or 404. Some servers use it for any of the other
    /// reasons.
    #[error("the owner refused the websocket with HTTP {status}: {}", Self::advice(*.status))]
    Handshake {
        /// The HTTP status.
        status: u16,
    },
}

impl Refusal {
    fn advice(status: u16) -> &'static str {
        if status == 404 {
            "compare `base_url`, `base_path` and `resource` with the owner's"
        } else {
            "see this consumer's `GmBuilder::credentials` or `GmBuilder::bearer_token`"
        }
    }
}

/// A subscription that ended because the owner refused it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the subscription to {url} ended: {refusal}")]
pub struct SubscriptionError {
    pub(crate) url: Arc<str>,
    pub(crate) refusal: Refusal,
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
