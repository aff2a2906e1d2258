//! The state of a change feed.

use crate::error::Error;

/// The state of a change feed.
#[derive(Clone)]
pub(super) enum FeedState {
    Starting,
    /// It listens, and has read the catalog for so many managers.
    Listening {
        managers: usize,
    },
    /// It does not listen.
    Lost(Error),
    Closed,
}
