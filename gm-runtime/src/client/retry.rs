//! Which requests are retried, and when.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::error_response::is_in_progress;
use super::transport::{HttpRequest, HttpResponse, Transport};
use crate::error::{Phase, TransportError, TransportErrorKind};
use crate::features::telemetry::{RequestMetrics, SentRequest};
use crate::protocol::names::RETRIED_HEADER;

/// A `Retry-After` beyond this is left to the application.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);

type HttpResult = Result<HttpResponse, TransportError>;

/// Which attempts of a request can't have an effect twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    /// All: the request only reads.
    Read,
    /// All: the owner carries a write with an idempotency key out once.
    KeyedWrite,
    /// Those that certainly had no effect.
    Write,
}

impl Repeats {
    pub(super) const fn of(read: bool, has_key: bool) -> Self {
        match (read, has_key) {
            (true, _) => Self::Read,
            (false, true) => Self::KeyedWrite,
            (false, false) => Self::Write,
        }
    }
}

/// The outcome of a request, after its retries.
pub(super) struct Outcome {
    pub(super) response: HttpResult,
    /// Whether another retry would not help. A gateway reports this to its caller, so that only the service next to the fault
    /// retries a request.
    pub(super) is_final: bool,
    /// Whether an attempt before the last one may have been carried out.
    pub(super) is_lost: bool,
}

/// Sends the request, and retries it where that can't have an effect twice.
pub(super) async fn send(
    transport: &dyn Transport,
    request: &HttpRequest,
    repeats: Repeats,
    retries: usize,
    metrics: Option<&RequestMetrics>,
) -> Outcome {
    let mut backoff = None;
    let (mut closes, mut is_lost) = (0_u32, false);
    loop {
        let sent = metrics.and_then(|metrics| metrics.begin(request.method().name()));
        let response = transport.send(request.clone()).await;
        let outcome = response.as_ref().map(HttpResponse::status).map_err(error_type);
        SentRequest::end(sent, outcome);
        closes += u32::from(repeats == Repeats::Read && is_closed(&response));
        // The server may close an idle connection just as it is used again. A second close has another cause.
        if closes > 1 || !is_worth_retrying(&response, repeats) {
            return Outcome {
                response,
                is_final: true,
                is_lost,
            };
        }
        let retry_after = response.as_ref().ok().and_then(HttpResponse::retry_after);
        let Some(delay) = backoff
            .get_or_insert_with(|| self::backoff(retries))
            .next()
            .filter(|_| retry_after.is_none_or(|after| after <= MAX_RETRY_AFTER))
        else {
            let is_final = retries > 0;
            return Outcome {
                response,
                is_final,
                is_lost,
            };
        };
        is_lost |= repeats == Repeats::KeyedWrite && may_be_carried_out(&response);
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

/// Whether the owner may have carried out a write with this outcome. Attempts that are retried have no other outcomes.
fn may_be_carried_out(response: &HttpResult) -> bool {
    match response {
        Ok(response) => !matches!(response.status(), 429 | 503),
        Err(error) => error.kind() != TransportErrorKind::Connect,
    }
}

/// The kind of error as metrics have it.
fn error_type(error: &TransportError) -> &'static str {
    match error.kind() {
        TransportErrorKind::Request => "request",
        TransportErrorKind::Connect => "connect",
        TransportErrorKind::Tls => "tls",
        TransportErrorKind::Timeout(_) => "timeout",
        TransportErrorKind::Closed => "closed",
        TransportErrorKind::Malformed => "malformed",
        TransportErrorKind::ResponseTooLarge { .. } => "response_too_large",
        TransportErrorKind::Stopped => "stopped",
    }
}

fn is_closed(response: &HttpResult) -> bool {
    matches!(response, Err(error) if error.kind() == TransportErrorKind::Closed)
}

fn is_worth_retrying(response: &HttpResult, repeats: Repeats) -> bool {
    match response {
        Ok(response) => {
            let again = match response.status() {
                // Nothing was done, so a write is retried, too.
                429 => true,
                503 => repeats != Repeats::Write,
                // The write may be carried out: a proxy lost the answer, or the owner did.
                408 | 500..=599 => repeats == Repeats::KeyedWrite,
                409 => repeats == Repeats::KeyedWrite && is_in_progress(response),
                _ => false,
            };
            again && response.header(RETRIED_HEADER).is_none()
        }
        Err(error) => match error.kind() {
            TransportErrorKind::Connect => true,
            // The runtime that ended may belong to only one of several callers that share the request.
            TransportErrorKind::Closed | TransportErrorKind::Stopped => repeats != Repeats::Write,
            // A timeout already cost its time, and a read lost nothing else. Of a write it must be found out what became of it.
            TransportErrorKind::Timeout(Phase::Response | Phase::Body) => repeats == Repeats::KeyedWrite,
            // An error of TLS or of the URL does not go away by itself.
            _ => false,
        },
    }
}
