//! Requests that are sent together and answered in order.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{MaybeDone, maybe_done};
use tokio::time::{Instant, timeout_at};
use tokio_postgres::Row;

use crate::interface::BoxFuture;

/// The reply to one request.
#[derive(Default)]
pub(super) struct Reply {
    /// The rows before the end or the error.
    pub(super) rows: Vec<Row>,
    pub(super) error: Option<RequestError>,
}

/// The error of a request.
pub(super) enum RequestError {
    Postgres(tokio_postgres::Error),
    /// The server answered nothing within the limit.
    Silent,
}

/// A request, which is sent when it is first polled.
pub(super) type Request<'r> = BoxFuture<'r, Reply>;

/// Sends all requests in order, without waiting, and returns their replies in this order.
///
/// Each reply has this time, from the previous reply on. After a reply that is late, nothing is awaited any more.
pub(super) async fn send_all(requests: Vec<Request<'_>>, limit: Duration) -> Vec<Reply> {
    let mut requests: Vec<_> = requests.into_iter().map(maybe_done).collect();
    poll_fn(|context| {
        for request in &mut requests {
            // An early reply is stored in the request.
            let _ = Future::poll(Pin::new(request), context);
        }
        Poll::Ready(())
    })
    .await;
    let mut replies = Vec::with_capacity(requests.len());
    let mut is_silent = false;
    for mut request in requests {
        if is_silent {
            replies.push(Reply::silent());
            continue;
        }
        // The replies are in order, so only this request needs to be polled.
        is_silent = timeout_at(Instant::now() + limit, &mut request).await.is_err();
        let reply = match &mut request {
            MaybeDone::Future(_) => None,
            _ => Pin::new(&mut request).take_output(),
        };
        replies.push(reply.unwrap_or_else(Reply::silent));
    }
    replies
}

impl Reply {
    fn silent() -> Self {
        Self {
            rows: Vec::new(),
            error: Some(RequestError::Silent),
        }
    }
}
