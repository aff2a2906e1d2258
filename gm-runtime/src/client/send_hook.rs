//! When the request of a shared read leaves.

use std::sync::Arc;
use std::time::Duration;

use super::cache::SendHook;
use super::{
    HttpRequest, HttpResponse, Phase, Transport, TransportError, TransportErrorKind, TransportFuture,
};
use crate::time_limit::with_time_limit;

tokio::task_local! {
    /// The shared read whose requests are sent now.
    static READ: Arc<dyn SendHook>;
}

/// The same future, whose first request lets the read know that it leaves.
pub(crate) fn with_send_hook<T>(
    read: Arc<dyn SendHook>,
    fetch: impl Future<Output = T>,
) -> impl Future<Output = T> {
    READ.scope(read, fetch)
}

/// A request leaves now: until then it waited for its turn.
pub(super) fn notify_sending() {
    // A write is shared by nobody.
    let _ = READ.try_with(|read| read.sending());
}

/// A transport of the application's own, whose requests leave when they are handed to it.
///
/// It may know no limit, or one that the runtime keeps which began the request, while others share it elsewhere.
pub(super) struct CustomTransport {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) limit: Duration,
}

impl Transport for CustomTransport {
    fn send(&self, request: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        notify_sending();
        let answer = with_time_limit(self.limit, self.transport.send(request));
        Box::pin(async {
            let late = || TransportError::new(TransportErrorKind::Timeout(Phase::Response));
            answer.await.unwrap_or_else(|| Err(late()))
        })
    }

    fn sleep(&self, duration: Duration) -> TransportFuture<()> {
        let pause = with_time_limit(
            duration.saturating_add(self.limit),
            self.transport.sleep(duration),
        );
        Box::pin(async {
            let _ = pause.await;
        })
    }
}
