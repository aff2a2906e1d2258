//! Whether the file that is open is still the one that its path names.
//!
//! A file that was removed, or that another was put in the place of, goes on to be read and written by those who have it
//! open, and what they write is gone when they end.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::connection::Location;
use super::error;
use crate::error::Error;

/// How often the writer looks at most.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// The error of every read and write from then on.
pub(super) const LOST: Error = Error::Unavailable(
    "the database's file was removed or replaced while it was in use, and the service must be started again",
);

/// Whether the file was lost. It does not come back: a path that names it again tells nothing of what was done to it
/// under another name.
#[derive(Clone, Default)]
pub(super) struct Lost(Arc<AtomicBool>);

impl Lost {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Lets a connection end without bringing its log into a file that may be another one's by now.
    pub(super) fn release(&self, connection: &Connection) {
        if self.is_set()
            && let Err(error) = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        {
            tracing::error!(%error, "a connection to the lost database can't be told to leave its file alone");
        }
    }
}

/// The files of a database, as they were when it was opened.
pub(super) struct Files {
    /// Absent where the database is in memory.
    main: Option<Watched>,
    /// The log and its index, which SQLite keeps beside the file as long as anybody has it open.
    beside: Vec<Watched>,
    /// Absent where the file may become shorter by itself.
    length: Option<Length>,
    looked: Instant,
    lost: Lost,
}

/// How long the file must be. It becomes shorter by a commit of `VACUUM` alone, and a file that is written over in place
/// is often shorter.
struct Length {
    least: u64,
    /// What SQLite counts the commits of others by.
    data_version: i64,
}

struct Watched {
    path: PathBuf,
    known: Identity,
}

/// What tells a file from another one at the same path. Where there are no inodes, a file in use can't be removed.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Files {
    /// The files of this connection.
    pub(super) fn of(location: &Location, connection: &Connection, lost: Lost) -> Self {
        let given = match location {
            Location::File(path) => Some(path.as_path()),
            Location::Memory => None,
        };
        // SQLite has followed the links of the path that was given, and its other files are where those lead.
        let resolved = connection.path().filter(|path| !path.is_empty());
        let others = resolved
            .into_iter()
            .flat_map(|path| ["-wal", "-shm"].map(|end| PathBuf::from(format!("{path}{end}"))));
        // The folder of the process may change.
        let main = given.and_then(|path| Watched::new(std::path::absolute(path).ok()?));
        let length = main.as_ref().and_then(|main| Length::of(&main.path, connection));
        Self {
            main,
            beside: others.filter_map(Watched::new).collect(),
            length,
            looked: Instant::now(),
            lost,
        }
    }

    /// Looks at them, where that is some time ago, and says whether one was lost just now.
    pub(super) fn look(&mut self, connection: &Connection) -> bool {
        if self.looked.elapsed() < LOOK || self.lost.is_set() {
            return false;
        }
        self.looked = Instant::now();
        let mut files = self.main.iter().chain(&self.beside);
        let lost = files.find(|file| file.is_lost());
        let length = self.length.as_mut().zip(self.main.as_ref());
        let shorter =
            || length.and_then(|(length, main)| length.falls_short(&main.path, connection).then_some(main));
        let Some(lost) = lost.or_else(shorter) else {
            return false;
        };
        tracing::error!(
            "`{}` was removed, cut short, or replaced by another file, while the database was in use: what is written from now on \
             would be lost, so every read and write is refused. Stop the service, put the right file in place without a \
             `-wal` and a `-shm` of another one beside it, and start the service again",
            lost.path.display()
        );
        self.lost.0.store(true, Ordering::Relaxed);
        true
    }

    /// Whether the log may be brought into the file: it is not another one that was put in its place, nor one that
    /// somebody has taken the log away from.
    pub(super) fn may_checkpoint(&self) -> bool {
        !self.lost.is_set() || self.main.as_ref().is_some_and(Watched::is_lost)
    }

    pub(super) fn lost(&self) -> &Lost {
        &self.lost
    }
}

impl Length {
    /// The length of this connection's file.
    fn of(file: &Path, connection: &Connection) -> Option<Self> {
        // Where SQLite gives pages back by itself, our own commits shorten the file.
        if number(connection, "auto_vacuum").ok()? != 0 {
            return None;
        }
        // In this order: what another commits in between is another version next time, or is in the count.
        let there = fs::metadata(file).ok()?.len();
        let data_version = number(connection, "data_version").ok()?;
        let pages = u64::try_from(number(connection, "page_count").ok()?).ok()?;
        let page_size = u64::try_from(number(connection, "page_size").ok()?).ok()?;
        Some(Self {
            least: there.min(pages.checked_mul(page_size)?),
            data_version,
        })
    }

    /// Whether the file is shorter than what has been committed to it, without a commit by which it became so.
    fn falls_short(&mut self, file: &Path, connection: &Connection) -> bool {
        let Ok(there) = fs::metadata(file) else {
            return false;
        };
        let is_same = match number(connection, "data_version") {
            Ok(version) => version == self.data_version,
            // SQLite finds a file that ends before its last page malformed.
            Err(error) => error::general(&error).is_none(),
        };
        if is_same && there.len() < self.least {
            return true;
        }
        if let Some(now) = Self::of(file, connection) {
            let least = if now.data_version == self.data_version {
                now.least.max(self.least)
            } else {
                now.least
            };
            *self = Self { least, ..now };
        }
        false
    }
}

fn number(connection: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
}

impl Watched {
    fn new(path: PathBuf) -> Option<Self> {
        let known = identity(&path).ok()?;
        Some(Self { path, known })
    }

    fn is_lost(&self) -> bool {
        match identity(&self.path) {
            Ok(identity) => identity != self.known,
            Err(kind) => matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory),
        }
    }
}

/// By the file's name: to open and close it would take from SQLite the locks that this process has on it.
fn identity(file: &Path) -> Result<Identity, ErrorKind> {
    let metadata = fs::metadata(file).map_err(|error| error.kind())?;
    #[cfg(unix)]
    return Ok(Identity {
        device: std::os::unix::fs::MetadataExt::dev(&metadata),
        inode: std::os::unix::fs::MetadataExt::ino(&metadata),
    });
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(Identity {})
    }
}
