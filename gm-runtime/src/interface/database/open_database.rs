//! An open database, which checks its tables and gives the storage of each manager.

use std::sync::Arc;
use std::time::Duration;

use super::storage_kind::StorageKind;
use crate::change::Topic;
use crate::error::Error;
use crate::features::{postgres::Postgres, sqlite::Sqlite};
use crate::health::{DatabaseHealth, LoopHealth};
use crate::interface::ErasedInterface;
use crate::interface::sql::Settings;
use crate::interface::sql::schema::TargetTable;
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;

/// An open database.
pub(crate) struct Database {
    storage: Storage,
    create_tables: bool,
}

/// The storage that the URL names.
enum Storage {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Database {
    /// Opens the database. `read_time` is the time limit of a read.
    pub(super) async fn open(
        kind: StorageKind,
        settings: Settings,
        create_tables: bool,
        read_time: Duration,
    ) -> Result<Self, Error> {
        let storage = match kind {
            StorageKind::Sqlite(options) => {
                let (readers, queue) = (settings.readers.get(), settings.queue.get());
                let time = settings.transaction_time;
                Storage::Sqlite(Sqlite::open(options, readers, queue, read_time, time).await?)
            }
            StorageKind::Postgres(options) => {
                Storage::Postgres(Postgres::open(*options, settings, read_time).await?)
            }
        };
        Ok(Self {
            storage,
            create_tables,
        })
    }

    /// Creates the missing tables of these managers, unless that is turned off, and refuses tables that do not fit.
    pub(crate) async fn check(
        &self,
        managers: impl IntoIterator<Item = &'static Description>,
    ) -> Result<(), Error> {
        let tables = TargetTable::of(managers)?;
        match &self.storage {
            Storage::Sqlite(sqlite) => sqlite.check(tables, self.create_tables).await,
            Storage::Postgres(postgres) => postgres.check(tables, self.create_tables).await,
        }
    }

    /// The rows of this manager, whose description names a table.
    pub(crate) async fn interface(
        &self,
        description: &'static Description,
        topic: Arc<Topic>,
        pattern_time: PatternTimeLimit,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        let table = description.table().unwrap_or(description.name());
        match &self.storage {
            Storage::Sqlite(sqlite) => sqlite.interface(description, table, topic, pattern_time).await,
            Storage::Postgres(postgres) => postgres.interface(description, table, topic, pattern_time).await,
        }
    }

    /// The loops of the database's threads.
    pub(crate) fn loops(&self, patience: Duration) -> Vec<LoopHealth> {
        let pulses = match &self.storage {
            Storage::Sqlite(sqlite) => sqlite.pulses(),
            Storage::Postgres(postgres) => postgres.pulses(),
        };
        pulses.iter().map(|pulse| pulse.health(patience)).collect()
    }

    /// The state of the database, as it was last noticed.
    pub(crate) fn health(&self) -> DatabaseHealth {
        match &self.storage {
            Storage::Sqlite(sqlite) => sqlite.health(),
            Storage::Postgres(postgres) => postgres.health(),
        }
    }

    /// The reads and the writes that wait.
    pub(crate) fn waiting(&self) -> [usize; 2] {
        match &self.storage {
            Storage::Sqlite(sqlite) => sqlite.waiting(),
            Storage::Postgres(postgres) => postgres.waiting(),
        }
    }

    /// Refuses further reads and writes, and waits until the running ones are done and every write is stored.
    pub(crate) async fn close(&self) {
        match &self.storage {
            Storage::Sqlite(sqlite) => sqlite.close().await,
            Storage::Postgres(postgres) => postgres.close().await,
        }
    }
}
