//! Queries whose patterns are matched, within their time.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::deadline::{PatternTime, within};
use super::{Patterns, scope, try_match};
use crate::error::Error;

/// Waits for the answer of a query, wherever it is evaluated. Where that is the thread that waits, the query has these
/// patterns compiled.
pub(crate) async fn in_time<T>(
    limit: PatternTime,
    manager: &'static str,
    mut patterns: Patterns,
    query: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let until = limit.until();
    let mut query = pin!(query);
    poll_fn(|context| {
        within(until, || scope(&mut patterns, || query.as_mut().poll(context)))
            .unwrap_or_else(|late| Poll::Ready(Err(late.of(manager))))
    })
    .await
}

/// Whether the pattern matches anywhere in the text; false where it is none, and where the query has had its time, which
/// its caller is told.
pub(crate) fn is_match(pattern: &str, ignore_case: bool, text: &str) -> bool {
    try_match(pattern, ignore_case, text).unwrap_or(false)
}
