//! Whether an owner that was away is back.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use crate::error::Error;

/// What the requests of a resource tell of its owner. One that answers again is worth a try of its websocket: the pause
/// until the next one has grown while it was away.
#[derive(Default)]
pub(crate) struct Reachability {
    away: AtomicBool,
    back: Notify,
}

impl Reachability {
    /// Notes what came of a request. An owner that only its websockets can't reach is never away here, so that nobody
    /// tries them with each request.
    pub(super) fn record<T>(&self, answer: &Result<T, Error>) {
        if is_away(answer) {
            self.away.store(true, Ordering::Relaxed);
        } else if self.away.load(Ordering::Relaxed) && self.away.swap(false, Ordering::Relaxed) {
            self.back.notify_one();
        }
    }

    /// Forgets that the owner was found to be back.
    pub(crate) fn forget(&self) {
        let _ = self.back.notified().now_or_never();
    }

    /// Ready when the owner answers again.
    pub(crate) async fn back(&self) {
        self.back.notified().await;
    }
}

fn is_away<T>(answer: &Result<T, Error>) -> bool {
    match answer {
        Err(Error::Transport(_)) => true,
        Err(Error::Remote(error)) => error.status() >= 500,
        _ => false,
    }
}
