//! The trace context of what a task or thread does now.

use std::future::Future;

use futures_util::future::Either;

use super::TraceContext;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// The trace context of this task: that of the request which it handles, of the event which it applies, or of a [`scope`].
#[must_use]
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(|context| *context).ok()
}

/// Runs a future within a trace: the requests and writes that it makes belong to the trace.
///
/// An application that reads again after an event, such as in [`Gm::on_change`](crate::Gm::on_change), continues the trace of
/// the write: [`current`] has its context while the listener is called.
///
/// ```
/// # use gm_runtime::trace::{self, TraceContext};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let context = TraceContext::new(1, 2, true).unwrap();
/// trace::scope(context, async move {
///     assert_eq!(trace::current(), Some(context));
/// })
/// .await;
/// assert_eq!(trace::current(), None);
/// # }
/// ```
pub fn scope<F: Future>(context: TraceContext, future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(context, future)
}

/// Runs code within a trace. Without a context it belongs to the trace of its caller, if there is one.
pub(crate) fn within<T>(context: Option<TraceContext>, run: impl FnOnce() -> T) -> T {
    match context {
        Some(context) => CURRENT.sync_scope(context, run),
        None => run(),
    }
}

/// The future with the trace of this task, even if another task polls it.
// Not an async block: its state would hold the future twice.
pub(crate) fn inherit<F: Future>(future: F) -> impl Future<Output = F::Output> {
    scoped(current(), future)
}

/// The future with this context, if there is one.
pub(crate) fn scoped<F: Future>(context: Option<TraceContext>, future: F) -> impl Future<Output = F::Output> {
    match context {
        Some(context) => Either::Left(CURRENT.scope(context, future)),
        None => Either::Right(future),
    }
}
