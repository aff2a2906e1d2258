//! What the builder is told of the database.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::{Database, url};
use crate::error::Error;
use crate::interface::sql::schema::WantedTable;
use crate::interface::sqlite::{Opening, Sqlite, Synchronous};
use crate::manager::Description;
use crate::query::ReadTime;

/// What the builder was told of the database.
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
        let cores = std::thread::available_parallelism().unwrap_or(FEWEST_READERS);
        Self {
            url: None,
            create_tables: true,
            readers: cores.clamp(FEWEST_READERS, MOST_READERS),
            busy_timeout: Duration::from_secs(5),
            synchronous: Synchronous::Full,
            queue: QUEUE,
        }
    }
}

// One slow query must not hold up every other read; more threads than cores would only take turns.
const FEWEST_READERS: NonZeroUsize = NonZeroUsize::new(2).unwrap();
const MOST_READERS: NonZeroUsize = NonZeroUsize::new(4).unwrap();
const QUEUE: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

impl DatabaseSettings {
    fn opening(&self) -> Result<Option<Opening>, Error> {
        let Some(url) = &self.url else {
            return Ok(None);
        };
        Ok(Some(Opening {
            location: url::parse(url)?,
            busy_timeout: self.busy_timeout,
            synchronous: self.synchronous,
        }))
    }

    /// Opens the database, where there is to be one.
    pub(crate) async fn open(self, ReadTime(read_time): ReadTime) -> Result<Option<Database>, Error> {
        let Some(opening) = self.opening()? else {
            return Ok(None);
        };
        Ok(Some(Database {
            sqlite: Sqlite::open(opening, self.readers.get(), self.queue.get(), read_time).await?,
            create_tables: self.create_tables,
        }))
    }

    /// The SQL that brings the tables in line with these managers.
    pub(crate) fn changes(
        &self,
        managers: impl IntoIterator<Item = &'static Description>,
    ) -> Result<String, Error> {
        let opening = self.opening()?.ok_or_else(|| {
            Error::Configuration(
                "there is no database to compare with: add `.database(\"sqlite://..\")`".to_owned(),
            )
        })?;
        Sqlite::changes(&opening, &WantedTable::of(managers)?)
    }
}
