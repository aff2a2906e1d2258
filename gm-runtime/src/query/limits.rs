//! What reading every page of a query may take as a whole.

use std::pin::pin;
use std::time::Duration;

use crate::GmBuilder;
use crate::error::{Error, QueryError};
use crate::time_limit::with_time_limit;

/// What reading every page of a query may take as a whole, however little each page takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PagesLimits {
    bytes: u64,
    time: Duration,
}

impl Default for PagesLimits {
    fn default() -> Self {
        Self {
            bytes: 512 * 1024 * 1024,
            time: Duration::from_secs(600),
        }
    }
}

impl PagesLimits {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let zero = [
            ("max_pages_bytes", self.bytes == 0),
            ("pages_time_limit", self.time.is_zero()),
        ];
        match zero.iter().find(|(_, zero)| *zero) {
            Some((name, _)) => Err(Error::Configuration(format!(
                "`{name}` is zero, so that nothing could be read; leave it out for the default"
            ))),
            None => Ok(()),
        }
    }

    /// Whether as many bytes may be held.
    pub(crate) fn check_bytes(&self, manager: &'static str, bytes: u64) -> Result<(), Error> {
        let limit = self.bytes;
        if bytes > limit {
            return Err(QueryError::TooManyBytes { manager, limit }.into());
        }
        Ok(())
    }

    /// What is read, where it is read in time.
    pub(crate) async fn in_time<T>(
        &self,
        manager: &'static str,
        reading: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let limit = self.time;
        let read = with_time_limit(limit, pin!(reading)).await;
        read.unwrap_or_else(|| Err(QueryError::PagesTime { manager, limit }.into()))
    }
}

/// Settings of queries that are read page by page.
impl GmBuilder {
    /// The most bytes that the rows of one `all` from another service may take in memory, as they are estimated; 512 MiB
    /// by default. Of a `stream` it is what is held to tell rows apart: their ids, so that the default is enough for
    /// some millions of rows. More is [`QueryError::TooManyBytes`].
    pub fn max_pages_bytes(mut self, bytes: u64) -> Self {
        self.pages_limits().bytes = bytes;
        self
    }

    /// How long one `all` from another service may take, over all its pages; 10 minutes by default. Of a `stream` it is
    /// how long the next row may take, once it is asked for. Longer is [`QueryError::PagesTime`]. At most a year.
    pub fn pages_time_limit(mut self, limit: Duration) -> Self {
        // A moment too far away would be none that a clock can name.
        self.pages_limits().time = limit.min(Duration::from_secs(365 * 24 * 60 * 60));
        self
    }
}
