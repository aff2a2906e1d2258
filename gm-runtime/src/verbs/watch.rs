//! Live queries.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_core::Stream;
use futures_timer::Delay;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::Query;
use super::hearing::{Heard, Hearing};
use crate::backoff::Backoff;
use crate::error::{Error, QueryError};
use crate::gm::Gm;
use crate::manager::Manager;
use crate::query::Rows;

/// A live query: the rows that match, now and after every change that matters. What [`Query::watch`] gives.
///
/// The first item is the result now. After every change of the manager's rows the query is read again, and a result
/// that differs from the one given before (in a row's value, in the order, in the total) is the next item. A result
/// is at least as new as the last change that was heard of before its reading began; a change that comes during the
/// reading is followed by another. With a cache, watchers of one query share their requests and their rows.
///
/// # A slow reader
/// Nothing is read and nothing is queued while nobody polls: however many changes there were, the next poll reads once,
/// and gives the newest result. So a reader that wants fewer results asks less often. Dropping the stream ends it.
///
/// # While nothing is heard
/// While the websocket of another service is not live, and where its owner does not promise every event, the query is read
/// again every 30 s ([`best_effort_time_to_live`](crate::GmBuilder::best_effort_time_to_live), but no more often than each
/// second), and at once when the websocket is live again. How it is, [`Gm::subscription`](crate::Gm::subscription) tells.
/// With [`manual_invalidation`](crate::GmBuilder::manual_invalidation) it is live while the application keeps it so.
///
/// # Errors and end
/// A reading that fails is an item, and the stream goes on: it is tried again after the next change, or after a pause of
/// 100 ms that grows to 30 s. The result after an error is always given. [`Error::Subscription`] is an item each time the owner
/// refuses to tell what changes. An error that no other reading would mend ([`Error::NotRegistered`],
/// [`Error::Configuration`], [`Error::Invalid`], [`Error::Query`] but for what other rows would mend, such as too many of them) ends the stream. It holds the
/// handle, and ends when that is [closed](Gm::close).
#[must_use = "a stream reads nothing unless it is polled"]
pub struct Watch<M: Manager> {
    results: BoxStream<'static, Result<Rows<M>, Error>>,
}

impl<M: Manager> Watch<M> {
    pub(super) fn new(query: Query<M>, gm: &Gm) -> Self {
        // Any number of changes is one reading. It hears from now on, not from the first poll.
        let hearing = match Hearing::new::<M>(gm, 0) {
            Ok(hearing) => hearing,
            Err(error) => {
                return Self {
                    results: stream::iter([Err(error)]).boxed(),
                };
            }
        };
        let watching = Watching {
            query,
            gm: gm.clone(),
            hearing,
            given: None,
            due: true,
            over: false,
            read: Instant::now(),
            retry: None,
            pauses: Backoff::new(),
        };
        let results = stream::unfold(watching, |mut watching| async {
            Some((watching.next().await?, watching))
        });
        Self {
            results: results.fuse().boxed(),
        }
    }
}

struct Watching<M: Manager> {
    query: Query<M>,
    gm: Gm,
    hearing: Hearing,
    /// The result given last; absent after an error.
    given: Option<Rows<M>>,
    /// Whether the query is to be read.
    due: bool,
    over: bool,
    /// When the last reading ended.
    read: Instant,
    /// After a reading that failed: how long to wait for the next one.
    retry: Option<Duration>,
    pauses: Backoff,
}

impl<M: Manager> Watching<M> {
    async fn next(&mut self) -> Option<Result<Rows<M>, Error>> {
        loop {
            if self.over {
                return None;
            }
            if std::mem::take(&mut self.due)
                && let Some(item) = self.read().await
            {
                return Some(item);
            }
            let rest = self.rest();
            tokio::select! {
                biased;
                heard = self.hearing.next() => match heard? {
                    Heard::Change(_) => self.due = true,
                    #[cfg(feature = "client")]
                    Heard::Refused(error) => return Some(Err(error)),
                    #[cfg(feature = "client")]
                    Heard::Moved => {}
                },
                () = pass(rest) => self.due = true,
            }
        }
    }

    /// Reads, and gives what there is to tell of it.
    async fn read(&mut self) -> Option<Result<Rows<M>, Error>> {
        // Before the reading, which sees all that was told so far; what is told from here on it may not see.
        self.hearing.forget();
        let result = self.query.all(&self.gm).await;
        // Counted from the end, so that what the cache keeps of it is too old by then, too.
        self.read = Instant::now();
        match result {
            Ok(rows) => {
                self.retry = None;
                self.pauses = Backoff::new();
                let given = self.given.replace(rows.clone());
                let is_known = given.is_some_and(|given| given.is_same(&rows));
                (!is_known).then_some(Ok(rows))
            }
            Err(error) => {
                self.given = None;
                self.over = is_final(&error);
                self.retry = Some(self.pauses.next());
                Some(Err(error))
            }
        }
    }

    /// How long to wait before the query is read although nothing is heard; absent: for ever.
    fn rest(&self) -> Option<Duration> {
        let wait = [self.retry, self.hearing.patience()]
            .into_iter()
            .flatten()
            .min()?;
        Some(wait.saturating_sub(self.read.elapsed()))
    }
}

async fn pass(time: Option<Duration>) {
    match time {
        Some(time) => Delay::new(time).await,
        None => std::future::pending().await,
    }
}

/// Whether another reading would fail as well, whatever changes.
fn is_final(error: &Error) -> bool {
    match error {
        Error::Query(QueryError::TooManyRows { .. }) => false,
        Error::Query(
            QueryError::UnsteadyPages { .. } | QueryError::TooManyBytes { .. } | QueryError::PagesTime { .. },
        ) => false,
        Error::Query(_)
        | Error::NotRegistered { .. }
        | Error::NoPermissions { .. }
        | Error::Configuration(_)
        | Error::Invalid { .. } => true,
        _ => false,
    }
}

impl<M: Manager> Stream for Watch<M> {
    type Item = Result<Rows<M>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.results.as_mut().poll_next(context)
    }
}

impl<M: Manager> std::fmt::Debug for Watch<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Watch").field(&M::DESCRIPTION.name()).finish()
    }
}
