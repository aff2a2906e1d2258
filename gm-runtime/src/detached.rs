//! Futures that run to completion although their caller is cancelled.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;

use futures_channel::oneshot;
use futures_util::FutureExt as _;
use tokio::runtime::Handle;

use crate::trace;

/// Runs the future to completion, even if the caller is cancelled or stops polling. A task of the caller's tokio runtime polls
/// the future, too. `None` when the future panics.
///
/// The caller polls as well, because a caller that blocks its runtime also blocks the task, and without a runtime there is no task.
pub(crate) async fn detached<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let (sender, mut done) = oneshot::channel();
    // The task belongs to the trace of the caller.
    let run = trace::inherit(async move {
        // The caller may be cancelled.
        let _ = sender.send(future.await);
    });
    let mut running = AssertUnwindSafe(run).catch_unwind().map(drop).boxed().shared();
    // A future that is ready at once needs no task. A caller that never yields would let the tasks accumulate.
    let mut has_task = false;
    poll_fn(|context| {
        let polled = running.poll_unpin(context);
        if polled.is_pending()
            && !std::mem::replace(&mut has_task, true)
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(running.clone());
        }
        polled
    })
    .await;
    done.try_recv().ok().flatten()
}
