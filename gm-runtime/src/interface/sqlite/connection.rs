//! Connections to one database.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{cannot_open, functions};
use crate::error::Error;

/// Statements that a connection keeps prepared. Each kind of query of each manager is one.
const KEPT_STATEMENTS: usize = 256;

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

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// In this file.
    File(PathBuf),
    /// In the memory of the one connection that opens it.
    Memory,
}

/// How connections are opened.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(crate) location: Location,
    pub(crate) busy_timeout: Duration,
    pub(crate) synchronous: Synchronous,
}

impl Opening {
    /// SQLite makes a file, but not the folder that it is to be in, and does not say that this is what is missing.
    pub(super) fn check_folder(&self) -> Result<(), Error> {
        let Location::File(path) = &self.location else {
            return Ok(());
        };
        match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => {
                Err(Error::Configuration(format!(
                    "the database `{}` is to be in the folder `{}`, which is not there; make it, or name another path",
                    path.display(),
                    folder.display(),
                )))
            }
            _ => Ok(()),
        }
    }

    /// The connection that writes; it makes the file where there is none.
    pub(super) fn writer(&self) -> Result<Connection, Error> {
        let connection = self.open_writer().map_err(cannot_open)?;
        if let Location::File(path) = &self.location {
            let mode = self.keep_a_log(&connection).map_err(cannot_open)?;
            check_log(path, &mode)?;
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
        let connection = match &self.location {
            Location::File(path) => Connection::open_with_flags(
                path,
                flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE),
            )?,
            Location::Memory => Connection::open_in_memory()?,
        };
        self.prepare(&connection)?;
        Ok(connection)
    }

    /// Writes go to a log beside the file, so that others read meanwhile. Gives the journal mode that the file has then.
    ///
    /// Where several processes begin that on a new file at once, SQLite tells all but one that it is locked, without the
    /// wait that it was told of (its busy handler is not asked where two who wait might wait for each other).
    pub(super) fn keep_a_log(&self, connection: &Connection) -> rusqlite::Result<String> {
        let start = Instant::now();
        loop {
            match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)) {
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && start.elapsed() < self.busy_timeout =>
                {
                    thread::sleep(Duration::from_millis(1));
                }
                done => return done,
            }
        }
    }

    /// A connection that reads the writer's file for threads that must not wait.
    pub(super) fn near_reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.reader()?;
        connection.busy_timeout(Duration::ZERO)?;
        Ok(connection)
    }

    /// A connection that reads the writer's file.
    pub(super) fn reader(&self) -> rusqlite::Result<Connection> {
        let connection = match &self.location {
            // Not `SQLITE_OPEN_READ_ONLY`: the connection that is closed last brings the log into the file.
            Location::File(path) => {
                Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?
            }
            Location::Memory => Connection::open_in_memory()?,
        };
        self.prepare(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    fn prepare(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        functions::register(connection)?;
        rusqlite::vtab::array::load_module(connection)
    }
}

/// SQLite answers a request for a log that it can't keep with the mode that the file goes on to have.
pub(super) fn check_log(path: &Path, mode: &str) -> Result<(), Error> {
    if mode.eq_ignore_ascii_case("wal") {
        return Ok(());
    }
    Err(Error::Configuration(format!(
        "the database `{}` keeps no write-ahead log: its journal mode stays `{mode}`, in which each read would hold up writes and \
         each write would hold up reads; put the file on a local disk, whose file system has shared memory and locks",
        path.display()
    )))
}

/// Each connection belongs to one thread, so SQLite's own lock is not needed. A path is a path, not a URI.
fn flags(mode: OpenFlags) -> OpenFlags {
    mode | OpenFlags::SQLITE_OPEN_NO_MUTEX
}
