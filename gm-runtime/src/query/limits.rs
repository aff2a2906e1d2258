//! What reading every page of a query may take as a whole.

use std::pin::pin;
use std::time::Duration;

use crate::error::{Error, QueryError};
use crate::time_limit::with_time_limit;

/// What reading every page of a query may take as a whole, however little each page takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PagesLimits {
    pub(crate) bytes: u64,
    pub(crate) time: Duration,
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
