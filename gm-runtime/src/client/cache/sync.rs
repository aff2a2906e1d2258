//! What the cache's concurrent parts are made of.
//!
//! The tests compile `fence`, `lease`, `flights`, `memory`, `reads` and `writes` again with a controlled scheduler's
//! types under these names, so those files take theirs from here.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard, TryLockError};

/// Ids are hashed to this many slots: constant memory (32 KiB a resource), and a collision costs a miss.
pub(crate) const SLOTS: u64 = 4096;

/// Runs the future to its end, also where the caller leaves: the tokio runtime of the caller's then goes on with it. Without
/// one it runs as long as it is polled. `None` where it panics.
///
/// As long as the caller waits it is the caller who polls: a task of the runtime would stand still where the caller blocks
/// its thread, as by a `block_on` within it.
pub(crate) async fn detached<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let mut polled = Polled {
        future: Some(AssertUnwindSafe(future).catch_unwind().boxed()),
        runtime: Handle::try_current().ok(),
    };
    let done = match &mut polled.future {
        Some(future) => future.await.ok(),
        None => None,
    };
    polled.future = None;
    done
}

struct Polled<T: Send + 'static> {
    /// Absent when it has ended.
    future: Option<BoxFuture<'static, std::thread::Result<T>>>,
    runtime: Option<Handle>,
}

impl<T: Send + 'static> Drop for Polled<T> {
    fn drop(&mut self) {
        if let (Some(future), Some(runtime)) = (self.future.take(), &self.runtime) {
            runtime.spawn(future);
        }
    }
}
