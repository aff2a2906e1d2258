//! Which requests are retried, and when.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::transport::{HttpRequest, HttpResponse, Transport};
use crate::error::{TransportError, TransportErrorKind};
use crate::protocol::names::RETRIED_HEADER;

/// A `Retry-After` beyond this is left to the application.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);

type HttpResult = Result<HttpResponse, TransportError>;

/// The outcome of a request, after its retries.
pub(super) struct Outcome {
    pub(super) response: HttpResult,
    /// Whether another retry would not help. A gateway reports this to its caller, so that only the service next to the fault
    /// retries a request.
    pub(super) is_final: bool,
}

/// Sends the request, and retries it where that can't have an effect twice.
pub(super) async fn send(
    transport: &dyn Transport,
    request: &HttpRequest,
    read: bool,
    retries: usize,
) -> Outcome {
    let mut backoff = None;
    let mut closes = 0_u32;
    loop {
        let response = transport.send(request.clone()).await;
        closes += u32::from(is_closed(&response));
        // The server may close an idle connection just as it is used again. A second close has another cause.
        if closes > 1 || !is_worth_retrying(&response, read) {
            return Outcome {
                response,
                is_final: true,
            };
        }
        let retry_after = response.as_ref().ok().and_then(HttpResponse::retry_after);
        let Some(delay) = backoff
            .get_or_insert_with(|| self::backoff(retries))
            .next()
            .filter(|_| retry_after.is_none_or(|after| after <= MAX_RETRY_AFTER))
        else {
            let is_final = retries > 0;
            return Outcome { response, is_final };
        };
        tracing::debug!(?request, ?delay, "retrying a request");
        transport.sleep(delay.max(retry_after.unwrap_or_default())).await;
    }
}

fn backoff(retries: usize) -> impl Iterator<Item = Duration> + Send {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_factor(4.0)
        .with_max_delay(Duration::from_secs(2))
        .with_jitter()
        .with_max_times(retries)
        .build()
}

fn is_closed(response: &HttpResult) -> bool {
    matches!(response, Err(error) if error.kind() == TransportErrorKind::Closed)
}

fn is_worth_retrying(response: &HttpResult, read: bool) -> bool {
    match response {
        Ok(response) => {
            // With a 429 nothing was done, so a write is retried, too.
            let again = match response.status() {
                429 => true,
                503 => read,
                _ => false,
            };
            again && response.header(RETRIED_HEADER).is_none()
        }
        Err(error) => match error.kind() {
            TransportErrorKind::Connect => true,
            // The runtime that ended may belong to only one of several callers that share the request.
            TransportErrorKind::Closed | TransportErrorKind::Stopped => read,
            // A timeout already cost its time. An error of TLS or of the URL does not go away by itself.
            _ => false,
        },
    }
}
