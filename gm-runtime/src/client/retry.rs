//! Which requests are sent again, and when.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::transport::{HttpRequest, HttpResponse, Transport};
use crate::error::{TransportError, TransportErrorKind};
use crate::protocol::names::RETRIED_HEADER;

/// A pause that the owner asks for beyond this is left to the application.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

type Answer = Result<HttpResponse, TransportError>;

/// What became of a request.
pub(super) struct Sent {
    pub(super) answer: Answer,
    /// Whether sending it again would not help: that was done already, or the answer says that it does not. A gateway
    /// passes it on, so that a request is sent again by the service next to the fault and by no other one.
    pub(super) settled: bool,
}

/// Sends the request, and sends it again where that can't do anything twice.
pub(super) async fn send(
    transport: &dyn Transport,
    request: &HttpRequest,
    read: bool,
    retries: usize,
) -> Sent {
    let mut pauses = None;
    let mut closes = 0_u32;
    loop {
        let answer = transport.send(request.clone()).await;
        closes += u32::from(is_closed(&answer));
        // One kept connection may have been closed by the server; a second close is not that.
        if closes > 1 || !is_worth_a_retry(&answer, read) {
            return Sent {
                answer,
                settled: true,
            };
        }
        let asked = answer.as_ref().ok().and_then(HttpResponse::retry_after);
        let Some(pause) = pauses
            .get_or_insert_with(|| self::pauses(retries))
            .next()
            .filter(|_| asked.is_none_or(|asked| asked <= LONGEST_PAUSE))
        else {
            let settled = retries > 0;
            return Sent { answer, settled };
        };
        tracing::debug!(?request, ?pause, "a request is sent again");
        transport.sleep(pause.max(asked.unwrap_or_default())).await;
    }
}

fn pauses(retries: usize) -> impl Iterator<Item = Duration> + Send {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_factor(4.0)
        .with_max_delay(Duration::from_secs(2))
        .with_jitter()
        .with_max_times(retries)
        .build()
}

fn is_closed(answer: &Answer) -> bool {
    matches!(answer, Err(error) if error.kind() == TransportErrorKind::Closed)
}

fn is_worth_a_retry(answer: &Answer, read: bool) -> bool {
    match answer {
        Ok(answer) => read && matches!(answer.status(), 429 | 503) && answer.header(RETRIED_HEADER).is_none(),
        Err(error) => match error.kind() {
            TransportErrorKind::Connect => true,
            // The runtime that ended may be that of one of several who wait.
            TransportErrorKind::Closed | TransportErrorKind::Stopped => read,
            // A time-out has cost its time already; what is wrong with TLS or the URL stays wrong.
            _ => false,
        },
    }
}
