//! Futures that run to completion although their caller is cancelled.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::task::Poll;

use futures_channel::oneshot;
use futures_util::FutureExt as _;
use tokio::runtime::Handle;

/// Runs the future to completion, even if the caller is cancelled or stops polling. A task of the caller's tokio runtime polls
/// the future, too. `None` when the future panics.
///
/// The caller polls as well, because a caller that blocks its runtime also blocks the task, and without a runtime there is no task.
pub(crate) async fn detached<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let (sender, mut done) = oneshot::channel();
    let run = async move {
        // The caller may be cancelled.
        let _ = sender.send(future.await);
    };
    let mut running = AssertUnwindSafe(run).catch_unwind().map(drop).boxed().shared();
    // A future that is ready at once needs no task. A caller that never yields would let the tasks accumulate.
    let is_pending = poll_fn(|context| Poll::Ready(running.poll_unpin(context).is_pending())).await;
    if is_pending {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(running.clone());
        }
        running.await;
    }
    done.try_recv().ok().flatten()
}
