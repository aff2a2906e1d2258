//! A transport that the application provides.

use std::sync::Arc;
use std::time::Duration;

use super::send_hook::notify_sending;
use super::{HttpRequest, HttpResponse, Transport, TransportFuture};
use crate::error::{Phase, TransportError, TransportErrorKind};
use crate::time_limit::with_time_limit;

/// Wraps the application's transport. A request counts as sent when the transport receives it.
///
/// The wrapper adds a time limit of its own. The transport may have none, or one that depends on the runtime of the caller
/// that started the request, while callers on other runtimes share it.
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
