//! The time that a read may take.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_timer::Delay;
use futures_util::future::{Either, poll_immediate, select};

use crate::GmBuilder;
use crate::error::Error;

/// The longest limit: a moment further away is one that no clock can name.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long a read may take, waiting included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadTime(pub(crate) Duration);

impl Default for ReadTime {
    fn default() -> Self {
        Self(Duration::from_secs(30))
    }
}

/// Waits for a read of storage that keeps no time itself. A timer is made only where the read is not ready at once.
pub(crate) async fn in_time<T>(
    ReadTime(limit): ReadTime,
    read: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut read = pin!(read);
    if let Some(done) = poll_immediate(read.as_mut()).await {
        return done;
    }
    match select(read, Delay::new(limit)).await {
        Either::Left((done, _)) => done,
        Either::Right(((), _)) => Err(Error::Unavailable(
            "the storage did not answer a read within `GmBuilder::read_time_limit`",
        )),
    }
}

/// How long reads may take.
impl GmBuilder {
    /// How long a read of rows that this process keeps may take, the time included that it waits for a thread of the
    /// database; 30 seconds by default, and a year at most.
    ///
    /// A query that runs longer is interrupted and fails with [`QueryError::ReadTime`](crate::error::QueryError::ReadTime);
    /// a caller's is answered 400. One that spends most of its time waiting fails with [`Error::Unavailable`] (503), and so
    /// does a read of an application's own storage, whose future is dropped.
    pub fn read_time_limit(mut self, limit: Duration) -> Self {
        *self.read_time() = ReadTime(limit.min(LONGEST));
        self
    }
}
