//! The time limit of a read of storage in this process.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_timer::Delay;
use futures_util::future::{Either, poll_immediate, select};

use crate::error::Error;

/// The time limit of a read, including the time that it waits for a thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadTimeLimit(pub(crate) Duration);

impl Default for ReadTimeLimit {
    fn default() -> Self {
        Self(Duration::from_secs(30))
    }
}

/// Limits a read of storage that has no time limit of its own. A timer is created only if the read is not ready at once.
pub(crate) async fn with_read_time_limit<T>(
    ReadTimeLimit(limit): ReadTimeLimit,
    read: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut read = pin!(read);
    if let Some(result) = poll_immediate(read.as_mut()).await {
        return result;
    }
    match select(read, Delay::new(limit)).await {
        Either::Left((result, _)) => result,
        Either::Right(((), _)) => Err(Error::Unavailable(
            "the storage did not answer a read within `GmBuilder::read_time_limit`",
        )),
    }
}
