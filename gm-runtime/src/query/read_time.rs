//! The time that a read may take.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_timer::Delay;
use futures_util::future::{Either, poll_immediate, select};

use crate::error::Error;

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
