//! Live queries.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_core::Stream;
use futures_timer::Delay;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::Query;
use super::change_receiver::{ChangeReceiver, Received};
use crate::backoff::Backoff;
use crate::error::{Error, QueryError};
use crate::gm::Gm;
use crate::manager::Manager;
use crate::query::Rows;
use crate::trace;

/// A live query, from [`Query::watch`]: a stream of the query's results.
///
/// The first item is the current result. After each change of the manager's rows the query is read again. A result that
/// differs from the previous one, in a value, the order or the total, is the next item. A result is at least as new as the
/// last change before its read began. A change during the read causes another read. With a cache, watchers of one query
/// share their requests and their rows.
///
/// # A slow reader
/// Without a poll, nothing is read and nothing is queued. The next poll reads once, however many changes there were, and
/// returns the newest result. A reader that wants fewer results polls less often. Dropping the stream ends it.
///
/// # Without events
/// While the websocket of another service is not live, and if its owner does not guarantee its events, the query is read
/// again every 30 s ([`best_effort_time_to_live`](crate::GmBuilder::best_effort_time_to_live), but at most once a second),
/// and at once when the websocket is live again. [`Gm::subscription`](crate::Gm::subscription) gives the state of the
/// websocket. With [`manual_invalidation`](crate::GmBuilder::manual_invalidation) the application keeps it live.
///
/// # Errors and end
/// A failed read is an item, and the stream goes on. It reads again after the next change, or after a backoff from 100 ms
/// to 30 s. The first result after an error is always an item. Each refusal of the subscription is an item, too
/// ([`Error::Subscription`]). A permanent error ends the stream: [`Error::NotRegistered`], [`Error::NoPermissions`],
/// [`Error::FieldDenied`], [`Error::Configuration`], [`Error::Invalid`], and each [`Error::Query`] that does not depend on the rows. The stream
/// keeps the handle open, and ends when the handle is [closed](Gm::close).
#[must_use = "a stream reads nothing unless it is polled"]
pub struct Watch<M: Manager> {
    results: BoxStream<'static, Result<Rows<M>, Error>>,
}

impl<M: Manager> Watch<M> {
    pub(super) fn new(query: Query<M>, gm: &Gm) -> Self {
        // With a capacity of 0 any number of changes causes one read. Subscribes now, not at the first poll.
        let receiver = match Self::receiver(&query, gm) {
            Ok(receiver) => receiver,
            Err(error) => {
                return Self {
                    results: stream::iter([Err(error)]).boxed(),
                };
            }
        };
        let watching = Watching {
            query,
            gm: gm.clone(),
            receiver,
            previous: None,
            must_read: true,
            is_over: false,
            last_read: Instant::now(),
            retry: None,
            backoff: Backoff::new(),
        };
        let results = stream::unfold(watching, |mut watching| async {
            Some((watching.next().await?, watching))
        });
        Self {
            results: results.fuse().boxed(),
        }
    }

    /// Receives the changes of the rows, and of those that the query looks through.
    fn receiver(query: &Query<M>, gm: &Gm) -> Result<ChangeReceiver, Error> {
        let receiver = ChangeReceiver::new::<M>(gm, 0)?;
        let select = query.select();
        match select.looks_through() {
            true => receiver.through(&gm.managed::<M>()?.looked_through(select), gm),
            false => Ok(receiver),
        }
    }
}

/// The state of a live query.
struct Watching<M: Manager> {
    query: Query<M>,
    gm: Gm,
    receiver: ChangeReceiver,
    /// The last result. `None` after an error.
    previous: Option<Rows<M>>,
    /// Whether the query must be read.
    must_read: bool,
    is_over: bool,
    /// When the last read ended.
    last_read: Instant,
    /// The delay before the next read, after a failed one.
    retry: Option<Duration>,
    backoff: Backoff,
}

impl<M: Manager> Watching<M> {
    async fn next(&mut self) -> Option<Result<Rows<M>, Error>> {
        loop {
            if self.is_over {
                return None;
            }
            if let Some(error) = self.receiver.ended() {
                self.is_over = true;
                return Some(Err(error));
            }
            if std::mem::take(&mut self.must_read)
                && let Some(item) = self.read().await
            {
                return Some(item);
            }
            let wait = self.remaining_wait();
            tokio::select! {
                biased;
                received = self.receiver.next() => match received? {
                    Received::Change(_) | Received::Coalesced(_) => self.must_read = true,
                    Received::Refused(error) => return Some(Err(error)),
                    Received::StateChanged | Received::Ended(_) => {}
                },
                () = sleep(wait) => self.must_read = true,
            }
        }
    }

    /// Reads the query, and returns the next item, if there is one.
    async fn read(&mut self) -> Option<Result<Rows<M>, Error>> {
        // Before the read, which sees all changes so far. It may not see later ones.
        self.receiver.clear();
        // The read belongs to the trace of the write that caused it.
        let caused_by = self.receiver.take_trace();
        let result = trace::scoped(caused_by, async { self.query.all(&self.gm).await }).await;
        // From the end of the read, so that the cached answer has expired by then, too.
        self.last_read = Instant::now();
        match result {
            Ok(rows) => {
                self.retry = None;
                self.backoff = Backoff::new();
                let previous = self.previous.replace(rows.clone());
                let is_same = previous.is_some_and(|previous| previous.is_same(&rows));
                (!is_same).then_some(Ok(rows))
            }
            Err(error) => {
                self.previous = None;
                self.is_over = is_final(&error);
                self.retry = Some(self.backoff.next());
                Some(Err(error))
            }
        }
    }

    /// How long to wait for an event before the query is read anyway. `None`: without end.
    fn remaining_wait(&self) -> Option<Duration> {
        let wait = [self.retry, self.receiver.max_age()]
            .into_iter()
            .flatten()
            .min()?;
        Some(wait.saturating_sub(self.last_read.elapsed()))
    }
}

async fn sleep(time: Option<Duration>) {
    match time {
        Some(time) => Delay::new(time).await,
        None => std::future::pending().await,
    }
}

/// Whether another read would fail, too, whatever the rows are.
fn is_final(error: &Error) -> bool {
    match error {
        Error::Query(QueryError::TooManyRows { .. } | QueryError::TooManyRelated { .. }) => false,
        Error::Query(
            QueryError::UnstablePages { .. }
            | QueryError::EndlessCursors { .. }
            | QueryError::TooManyBytes { .. }
            | QueryError::PagesTimeout { .. },
        ) => false,
        Error::Query(_)
        | Error::NotRegistered { .. }
        | Error::NoPermissions { .. }
        | Error::FieldDenied { .. }
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
