//! Connections to a database file, and the settings that each of them gets.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::cannot_open;
use super::location::Location;
use super::{cancellation, functions};
use crate::error::Error;
use crate::interface::Retention;
use crate::interface::sql::{Settings, Synchronous};

/// Prepared statements that a connection caches. Each shape of query of each manager is one statement.
const STATEMENT_CACHE: usize = 256;

/// How connections to a database are opened.
#[derive(Clone, Debug)]
pub(crate) struct ConnectOptions {
    pub(crate) location: Location,
    pub(crate) busy_timeout: Duration,
    pub(crate) synchronous: Synchronous,
    pub(crate) retention: Retention,
}

impl ConnectOptions {
    /// The options of a URL: `sqlite://relative.db`, `sqlite:///absolute.db` or `sqlite::memory:`.
    pub(crate) fn of_url(url: &str, settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            location: Location::of_url(url)?,
            busy_timeout: settings.busy_timeout,
            synchronous: settings.synchronous,
            retention: settings.retention,
        })
    }

    /// Refuses a file in a missing folder. SQLite creates the file only, and its error does not mention the folder.
    pub(super) fn check_folder(&self) -> Result<(), Error> {
        let Location::File(path) = &self.location else {
            return Ok(());
        };
        match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => {
                Err(Error::Configuration(format!(
                    "the folder `{1}` of the database `{0}` does not exist; create it, or name another path",
                    path.display(),
                    folder.display(),
                )))
            }
            _ => Ok(()),
        }
    }

    /// The connection for writes. It creates the file if there is none.
    pub(super) fn writer(&self) -> Result<Connection, Error> {
        let connection = self.open_writer().map_err(cannot_open)?;
        if let Location::File(path) = &self.location {
            let mode = self.enable_wal(&connection).map_err(cannot_open)?;
            check_wal(path, &mode)?;
        }
        let synchronous = match self.synchronous {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        };
        connection
            .pragma_update(None, "synchronous", synchronous)
            .map_err(cannot_open)?;
        Ok(connection)
    }

    fn open_writer(&self) -> rusqlite::Result<Connection> {
        let mut connection = match &self.location {
            Location::File(path) => Connection::open_with_flags(
                path,
                flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE),
            )?,
            Location::Memory => Connection::open_in_memory()?,
        };
        self.configure(&mut connection)?;
        Ok(connection)
    }

    /// Switches the file to WAL mode, in which reads and writes do not block each other. Returns the file's journal mode.
    ///
    /// Where several processes do so on a new file, SQLite reports it as locked to all but one of them without calling the
    /// busy handler, since two processes could wait for each other. So the wait is here.
    pub(super) fn enable_wal(&self, connection: &Connection) -> rusqlite::Result<String> {
        let start = Instant::now();
        loop {
            match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)) {
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && start.elapsed() < self.busy_timeout =>
                {
                    thread::sleep(Duration::from_millis(1));
                }
                result => return result,
            }
        }
    }

    /// A connection for inline reads, which must not wait for a lock.
    pub(super) fn inline_reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.reader()?;
        connection.busy_timeout(Duration::ZERO)?;
        Ok(connection)
    }

    /// A connection for reads of a file that the writer has opened.
    pub(super) fn reader(&self) -> rusqlite::Result<Connection> {
        let mut connection = match &self.location {
            // Not `SQLITE_OPEN_READ_ONLY`: the last connection that closes moves the log into the file.
            Location::File(path) => {
                Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?
            }
            Location::Memory => Connection::open_in_memory()?,
        };
        self.configure(&mut connection)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    fn configure(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        connection.pragma_update(None, "foreign_keys", true)?;
        functions::register(connection)?;
        cancellation::install(connection)?;
        rusqlite::vtab::array::load_module(connection)
    }
}

/// Refuses a file that can't have a write-ahead log. SQLite reports the file's unchanged journal mode then.
pub(super) fn check_wal(path: &Path, mode: &str) -> Result<(), Error> {
    if mode.eq_ignore_ascii_case("wal") {
        return Ok(());
    }
    Err(Error::Configuration(format!(
        "the database `{}` can't have a write-ahead log: its journal mode stays `{mode}`, in which reads block writes and writes \
         block reads; put the file on a local disk, whose file system has shared memory and locks",
        path.display()
    )))
}

/// No mutex, since each connection belongs to one thread. No URI, since a path may contain any character.
fn flags(mode: OpenFlags) -> OpenFlags {
    mode | OpenFlags::SQLITE_OPEN_NO_MUTEX
}
