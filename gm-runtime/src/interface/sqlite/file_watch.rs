//! Detects that the database's file was removed, replaced or cut short while it is open.
//!
//! Connections go on to use a removed file, and everything that they write is gone once they close it.
//! `docs/design/storage.md`, section Other programs, says what is detected and what is not.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::file_identity::WatchedFile;
use super::file_length::MinimumLength;
use super::location::Location;
use crate::error::Error;

/// The shortest time between two checks.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// The error of every read and write once the file is lost.
pub(super) const LOST: Error = Error::Unavailable(
    "the database's file was removed or replaced while it was in use, and the service must be started again",
);

/// Whether the file was lost. This is final: a file that appears at the path again may have changed in between.
#[derive(Clone, Default)]
pub(super) struct LostFile(Arc<AtomicBool>);

impl LostFile {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// If the file is lost, keeps a connection that is about to close from moving its log into another file.
    pub(super) fn prepare_close(&self, connection: &Connection) {
        if self.is_set()
            && let Err(error) = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        {
            tracing::error!(%error, "the checkpoint at the close of a connection to a lost database could not be disabled");
        }
    }
}

/// The files of an open database.
pub(super) struct FileWatch {
    /// `None` for a database in memory.
    main: Option<WatchedFile>,
    /// The log and its index. SQLite keeps them beside the file while a connection is open.
    log: Vec<WatchedFile>,
    /// `None` if commits of our own may shorten the file.
    length: Option<MinimumLength>,
    checked_at: Instant,
    lost: LostFile,
}

impl FileWatch {
    /// Watches the files of this connection.
    pub(super) fn new(location: &Location, connection: &Connection, lost: LostFile) -> Self {
        let given = match location {
            Location::File(path) => Some(path.as_path()),
            Location::Memory => None,
        };
        // SQLite has resolved symbolic links, and its other files are beside the target.
        let resolved = connection.path().filter(|path| !path.is_empty());
        let log = resolved
            .into_iter()
            .flat_map(|path| ["-wal", "-shm"].map(|suffix| PathBuf::from(format!("{path}{suffix}"))));
        // Absolute, because the working directory of the process may change.
        let main = given.and_then(|path| WatchedFile::new(std::path::absolute(path).ok()?));
        let length = main
            .as_ref()
            .and_then(|main| MinimumLength::of(&main.path, connection));
        Self {
            main,
            log: log.filter_map(WatchedFile::new).collect(),
            length,
            checked_at: Instant::now(),
            lost,
        }
    }

    /// Checks the files, unless the last check was a short time ago. Returns whether this check found one to be lost.
    pub(super) fn check(&mut self, connection: &Connection) -> bool {
        if self.checked_at.elapsed() < CHECK_INTERVAL || self.lost.is_set() {
            return false;
        }
        self.checked_at = Instant::now();
        let mut files = self.main.iter().chain(&self.log);
        let lost = files.find(|file| file.is_lost());
        let length = self.length.as_mut().zip(self.main.as_ref());
        let shorter =
            || length.and_then(|(length, main)| length.is_violated(&main.path, connection).then_some(main));
        let Some(lost) = lost.or_else(shorter) else {
            return false;
        };
        tracing::error!(
            "`{}` was removed, cut short, or replaced by another file, while the database was in use: further writes \
             would be lost, so every read and write is refused. Stop the service, put the right file in place without a \
             `-wal` and a `-shm` of another one beside it, and start the service again",
            lost.path.display()
        );
        self.lost.0.store(true, Ordering::Relaxed);
        true
    }

    /// Whether the log may be moved into the file. It may not if the log is lost or the file was overwritten in place. It
    /// may if the file is at another path now, because the connection still has the right one.
    pub(super) fn may_checkpoint(&self) -> bool {
        !self.lost.is_set() || self.main.as_ref().is_some_and(WatchedFile::is_lost)
    }

    pub(super) fn lost(&self) -> &LostFile {
        &self.lost
    }
}
