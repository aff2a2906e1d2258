//! What the builder is told of the database.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::schema::{SqlDialect, WantedTable};
use super::sqlite::{Opening, Sqlite};
use super::{Database, url};
use crate::GmBuilder;
use crate::error::Error;
use crate::query::ReadTime;

/// When an acknowledged write survives what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// A write that was answered survives the loss of power. The default: writes that wait together share the price.
    #[default]
    Full,
    /// A write that was answered survives the end of the process, and the last ones may be lost with the power. The
    /// file stays sound.
    Normal,
}

/// What the builder was told of the database.
#[derive(Debug)]
pub(crate) struct DatabaseSettings {
    url: Option<String>,
    create_tables: bool,
    readers: NonZeroUsize,
    busy_timeout: Duration,
    synchronous: Synchronous,
    queue: NonZeroUsize,
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

impl GmBuilder {
    /// Sets the database that holds the rows of managers with `#[database(..)]`.
    ///
    /// - `sqlite://relative/path.db` and `sqlite:///absolute/path.db`: a file, which is made where there is none; its
    ///   folder must be there.
    /// - `sqlite::memory:`: a database that ends with the handle, for tests. One thread reads and writes it.
    ///
    /// The file is one that other programs may read and write too: their writes are noticed within about a second, and
    /// published as a refresh of everything. A file that is removed or replaced by another one while it is open is noticed
    /// within a second, and logged as an error: every read and write is then [`Error::Unavailable`], and subscribers' sockets
    /// are closed, until another handle is built.
    ///
    /// [`build`](Self::build) fails with [`Error::Configuration`] for any other URL, for a file whose text is UTF-16, which
    /// sorts by other than code points, and for one that can keep no write-ahead log, such as on a network file system; with
    /// [`Error::Storage`] where the file can't be opened.
    pub fn database(mut self, url: impl Into<String>) -> Self {
        self.database_settings().url = Some(url.into());
        self
    }

    /// Whether [`build`](Self::build) makes the tables that are missing; it does unless this says otherwise. A table
    /// that is there is never changed.
    pub fn create_tables(mut self, create: bool) -> Self {
        self.database_settings().create_tables = create;
        self
    }

    /// Sets how many threads read; by default one a core, two at least and four at most.
    pub fn database_readers(mut self, readers: NonZeroUsize) -> Self {
        self.database_settings().readers = readers;
        self
    }

    /// Sets how long a write waits for another process that writes to the file, before it fails with
    /// [`Error::Unavailable`]; 5 seconds by default, and 24 days at most.
    pub fn database_busy_timeout(mut self, timeout: Duration) -> Self {
        // SQLite counts milliseconds in 31 bits.
        let longest = Duration::from_millis(i32::MAX.unsigned_abs().into());
        self.database_settings().busy_timeout = timeout.min(longest);
        self
    }

    /// Sets what an answered write survives; [`Synchronous::Full`] by default.
    pub fn database_synchronous(mut self, synchronous: Synchronous) -> Self {
        self.database_settings().synchronous = synchronous;
        self
    }

    /// Sets how many reads, and how many writes, may wait for the database; 1,024 of each by default. One more fails
    /// with [`Error::Unavailable`].
    pub fn database_queue(mut self, jobs: NonZeroUsize) -> Self {
        self.database_settings().queue = jobs;
        self
    }
}

/// Migrations.
impl GmBuilder {
    /// The SQL that makes the tables and indexes of the managers taken in so far, in a database that has none of them.
    /// Nothing is opened: no [`database`](Self::database) need be set, and a manager whose rows are elsewhere has no
    /// table.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// use gm_runtime::interface::SqlDialect;
    ///
    /// #[derive(Clone, Debug, GeneralManager)]
    /// #[database(table = "projects")]
    /// pub struct Project {
    ///     #[field(id)]
    ///     pub id: i64,
    ///     #[field(max_length = 200, unique)]
    ///     pub name: String,
    /// }
    ///
    /// let sql = Gm::builder().manager::<Project>().schema(SqlDialect::Postgres)?;
    /// assert_eq!(sql, r#"CREATE TABLE "projects" (
    ///     "id" BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ///     "name" VARCHAR(200) COLLATE "C" NOT NULL
    /// );
    /// CREATE UNIQUE INDEX ON "projects" ("name");
    /// "#);
    /// # Ok::<(), gm_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] where the dialect can't have what a field declares: MySQL indexes no text that is longer
    /// than 768 characters. Also where two managers of one table declare different types of one column.
    pub fn schema(&self, dialect: SqlDialect) -> Result<String, Error> {
        let tables = WantedTable::of(self.stored())?;
        Ok(WantedTable::create_scripts(&tables, dialect)?.join("\n"))
    }

    /// The SQL that brings the tables of the [`database`](Self::database) in line with the managers taken in so far,
    /// with a comment for each difference; empty where there is none. What no statement can do, such as a column that
    /// somebody has to decide about, is a comment alone. The file is read in the calling thread, and not changed: run
    /// the SQL once you have read it.
    ///
    /// # Errors
    /// [`Error::Configuration`] where the URL is not one of an SQLite database, or none was set, where the file's text is
    /// UTF-16, or where two managers of one table declare different types of one column; [`Error::Storage`] where the file
    /// is not there or can't be read.
    pub fn schema_changes(&self) -> Result<String, Error> {
        let opening = self.database_settings_ref().opening()?.ok_or_else(|| {
            Error::Configuration(
                "there is no database to compare with: add `.database(\"sqlite://..\")`".to_owned(),
            )
        })?;
        Sqlite::changes(&opening, &WantedTable::of(self.stored())?)
    }
}

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
}
