//! Matching the patterns of a query by its deadline.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::deadline::{PatternTimeLimit, with_deadline};
use super::{Patterns, try_match, with_patterns};
use crate::error::Error;

/// Runs a query with a deadline for its patterns. If the query is evaluated on the polling thread, it finds `patterns`
/// compiled.
pub(crate) async fn with_time_limit<T>(
    limit: PatternTimeLimit,
    manager: &'static str,
    mut patterns: Patterns,
    query: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let deadline = limit.deadline();
    let mut query = pin!(query);
    poll_fn(|context| {
        with_deadline(deadline, || {
            with_patterns(&mut patterns, || query.as_mut().poll(context))
        })
        .unwrap_or_else(|exceeded| Poll::Ready(Err(exceeded.error(manager))))
    })
    .await
}

/// Whether the pattern matches anywhere in the text. False for an invalid pattern, and after the deadline. The query then
/// fails with the error of the deadline.
pub(crate) fn is_match(pattern: &str, ignore_case: bool, text: &str) -> bool {
    try_match(pattern, ignore_case, text).unwrap_or(false)
}
