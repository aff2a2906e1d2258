//! The limits of reads in this process.

use crate::error::Error;
use crate::manager::Description;
use crate::query::pattern::{self, PatternTimeLimit};
use crate::query::{ReadTimeLimit, Select, with_read_time_limit};

/// The times that reads of storage in this process may take.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReadLimits {
    pub(crate) patterns: PatternTimeLimit,
    pub(crate) read: ReadTimeLimit,
}

impl ReadLimits {
    /// Limits a query of storage that has no time limit of its own, and compiles its patterns for it.
    pub(crate) async fn page<T>(
        self,
        description: &'static Description,
        select: &Select,
        query: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        if !select.has_patterns() {
            return self.row(query).await;
        }
        select.check_patterns(description)?;
        let query = async {
            let patterns = pattern::compile(self.patterns, description, select.patterns()).await?;
            pattern::with_time_limit(self.patterns, description.name(), patterns, query).await
        };
        self.row(query).await
    }

    /// Runs the read of a row.
    pub(super) async fn row<T>(self, read: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        with_read_time_limit(self.read, read).await
    }
}
