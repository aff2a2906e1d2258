//! The identity of a file: whether a path still names the file that was opened.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A path, and the file that it named when the database was opened.
pub(super) struct WatchedFile {
    pub(super) path: PathBuf,
    opened: Identity,
}

/// Distinguishes a file from another one at the same path. Systems without inodes don't allow to remove an open file.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    inode: u64,
}

impl WatchedFile {
    /// `None` if there is no such file.
    pub(super) fn new(path: PathBuf) -> Option<Self> {
        let opened = identity(&path).ok()?;
        Some(Self { path, opened })
    }

    /// Whether the path names no file, or another one.
    pub(super) fn is_lost(&self) -> bool {
        match identity(&self.path) {
            Ok(identity) => identity != self.opened,
            Err(kind) => matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory),
        }
    }
}

/// Reads the metadata by path. Opening and closing the file would release SQLite's locks of this process.
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
