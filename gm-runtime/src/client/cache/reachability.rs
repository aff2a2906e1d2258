//! Whether the owner can be reached.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use crate::error::Error;

/// The reachability of a resource's owner, as its requests observe it.
///
/// A recovery ends a long backoff of the resource's websocket early.
#[derive(Default)]
pub(crate) struct Reachability {
    is_unreachable: AtomicBool,
    recovered: Notify,
}

impl Reachability {
    /// Records the outcome of a request.
    ///
    /// An owner whose requests succeed never counts as unreachable here, even where its websockets fail. Otherwise each request
    /// would cause another attempt to connect.
    pub(super) fn record<T>(&self, outcome: &Result<T, Error>) {
        if is_unreachable(outcome) {
            self.is_unreachable.store(true, Ordering::Relaxed);
        } else if self.is_unreachable.load(Ordering::Relaxed)
            && self.is_unreachable.swap(false, Ordering::Relaxed)
        {
            self.recovered.notify_one();
        }
    }

    /// Discards a recovery that was recorded before.
    pub(crate) fn clear_recovery(&self) {
        let _ = self.recovered.notified().now_or_never();
    }

    /// Ready when a request succeeds after one that could not reach the owner.
    pub(crate) async fn recovered(&self) {
        self.recovered.notified().await;
    }
}

fn is_unreachable<T>(outcome: &Result<T, Error>) -> bool {
    match outcome {
        Err(Error::Transport(_) | Error::Credential(_)) => true,
        Err(Error::Remote(error)) => error.status() >= 500,
        _ => false,
    }
}
