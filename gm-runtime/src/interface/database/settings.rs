//! The settings of the database.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::{Database, url};
use crate::error::Error;
use crate::interface::sql::schema::TargetTable;
use crate::interface::sqlite::{ConnectOptions, Sqlite, Synchronous};
use crate::manager::Description;
use crate::query::ReadTimeLimit;

/// The settings of the database.
#[derive(Debug)]
pub(crate) struct DatabaseSettings {
    pub(crate) url: Option<String>,
    pub(crate) create_tables: bool,
    pub(crate) readers: NonZeroUsize,
    pub(crate) busy_timeout: Duration,
    pub(crate) synchronous: Synchronous,
    pub(crate) queue: NonZeroUsize,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().unwrap_or(MIN_READERS);
        Self {
            url: None,
            create_tables: true,
            readers: cores.clamp(MIN_READERS, MAX_READERS),
            busy_timeout: Duration::from_secs(5),
            synchronous: Synchronous::Full,
            queue: QUEUE_SIZE,
        }
    }
}

// Two, so that one slow query does not block every other read. More threads than cores would not read more.
const MIN_READERS: NonZeroUsize = NonZeroUsize::new(2).unwrap();
const MAX_READERS: NonZeroUsize = NonZeroUsize::new(4).unwrap();
const QUEUE_SIZE: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

impl DatabaseSettings {
    /// How the database is opened. `None` if no URL is set.
    fn connect_options(&self) -> Result<Option<ConnectOptions>, Error> {
        let Some(url) = &self.url else {
            return Ok(None);
        };
        Ok(Some(ConnectOptions {
            location: url::parse(url)?,
            busy_timeout: self.busy_timeout,
            synchronous: self.synchronous,
        }))
    }

    /// Opens the database. `None` if no URL is set.
    pub(crate) async fn open(
        self,
        ReadTimeLimit(read_time): ReadTimeLimit,
    ) -> Result<Option<Database>, Error> {
        let Some(options) = self.connect_options()? else {
            return Ok(None);
        };
        Ok(Some(Database {
            sqlite: Sqlite::open(options, self.readers.get(), self.queue.get(), read_time).await?,
            create_tables: self.create_tables,
        }))
    }

    /// The SQL that makes the tables fit these managers.
    pub(crate) fn changes(
        &self,
        managers: impl IntoIterator<Item = &'static Description>,
    ) -> Result<String, Error> {
        let options = self.connect_options()?.ok_or_else(|| {
            Error::Configuration(
                "there is no database to compare with: add `.database(\"sqlite://..\")`".to_owned(),
            )
        })?;
        Sqlite::schema_changes(&options, &TargetTable::of(managers)?)
    }
}
