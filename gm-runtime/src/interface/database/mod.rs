//! Rows in a database.

mod settings;
mod sql;
mod sqlite;
mod url;

use std::sync::Arc;

pub(crate) use settings::DatabaseSettings;
pub use settings::Synchronous;

use crate::change::Topic;
use crate::error::Error;
use crate::interface::ErasedInterface;
use crate::manager::Description;
use sqlite::Sqlite;

/// An open database.
pub(crate) struct Database {
    sqlite: Sqlite,
    create_tables: bool,
}

impl Database {
    /// The rows of this manager; the description has a table.
    pub(crate) async fn interface(
        &self,
        description: &'static Description,
        topic: Arc<Topic>,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        let table = description.table().unwrap_or(description.name());
        self.sqlite
            .interface(description, table, topic, self.create_tables)
            .await
    }

    /// Takes no more reads and writes, and waits until those under way are done and everything is in the file.
    pub(crate) async fn close(&self) {
        self.sqlite.close().await;
    }
}
