//! The limits of reading all pages of a query.

use std::pin::pin;
use std::time::Duration;

use crate::error::{Error, QueryError};
use crate::time_limit::with_time_limit;

/// How many pages in a row may bring no new row although more should follow. A row that was inserted before the known rows
/// causes one such page. Storage that ignores the page number causes any number of them.
pub(super) const MAX_PAGES_WITHOUT_NEW_ROWS: u32 = 3;

/// The limits of reading all pages of a query, in addition to the limits of each page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaginationLimits {
    pub(crate) bytes: u64,
    pub(crate) time: Duration,
}

impl Default for PaginationLimits {
    fn default() -> Self {
        Self {
            bytes: 512 * 1024 * 1024,
            time: Duration::from_secs(600),
        }
    }
}

impl PaginationLimits {
    /// Refuses limits of zero.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let zero = [
            ("max_pages_bytes", self.bytes == 0),
            ("pages_time_limit", self.time.is_zero()),
        ];
        match zero.iter().find(|(_, zero)| *zero) {
            Some((name, _)) => Err(Error::Configuration(format!(
                "`{name}` is zero, so nothing could be read; leave it out for the default"
            ))),
            None => Ok(()),
        }
    }

    /// Checks the number of bytes in memory against the limit.
    pub(crate) fn check_bytes(&self, manager: &'static str, bytes: u64) -> Result<(), Error> {
        let limit = self.bytes;
        if bytes > limit {
            return Err(QueryError::TooManyBytes { manager, limit }.into());
        }
        Ok(())
    }

    /// Runs a read within the time limit.
    pub(crate) async fn with_time_limit<T>(
        &self,
        manager: &'static str,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let limit = self.time;
        let result = with_time_limit(limit, pin!(read)).await;
        result.unwrap_or_else(|| Err(QueryError::PagesTimeout { manager, limit }.into()))
    }
}
