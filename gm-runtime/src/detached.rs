//! Work that goes on when its caller leaves.

use std::panic::AssertUnwindSafe;

use futures_channel::oneshot;
use futures_util::FutureExt as _;
use tokio::runtime::Handle;

/// Runs the future to its end, also where the caller leaves or does not poll: a task of the caller's tokio runtime polls it too.
/// `None` where it panics.
///
/// The caller polls it as well: the task stands still where the caller blocks the runtime, as by a `block_on` within it, and
/// without a runtime there is no task.
pub(crate) async fn detached<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let (sender, mut done) = oneshot::channel();
    let run = async move {
        // The caller may have left.
        let _ = sender.send(future.await);
    };
    let running = AssertUnwindSafe(run).catch_unwind().map(drop).boxed().shared();
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(running.clone());
    }
    running.await;
    done.try_recv().ok().flatten()
}
