//! An open database, which checks its tables and gives the storage of each manager.

use std::sync::Arc;

use crate::change::Topic;
use crate::error::Error;
use crate::interface::ErasedInterface;
use crate::interface::sql::schema::TargetTable;
use crate::interface::sqlite::Sqlite;
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;

/// An open database.
pub(crate) struct Database {
    pub(super) sqlite: Sqlite,
    pub(super) create_tables: bool,
}

impl Database {
    /// Creates the missing tables of these managers, unless that is turned off, and refuses tables that do not fit.
    pub(crate) async fn check(
        &self,
        managers: impl IntoIterator<Item = &'static Description>,
    ) -> Result<(), Error> {
        self.sqlite
            .check(TargetTable::of(managers)?, self.create_tables)
            .await
    }

    /// The rows of this manager, whose description names a table.
    pub(crate) async fn interface(
        &self,
        description: &'static Description,
        topic: Arc<Topic>,
        pattern_time: PatternTimeLimit,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        let table = description.table().unwrap_or(description.name());
        self.sqlite
            .interface(description, table, topic, pattern_time)
            .await
    }

    /// Refuses further reads and writes, and waits until the running ones are done and everything is in the file.
    pub(crate) async fn close(&self) {
        self.sqlite.close().await;
    }
}
