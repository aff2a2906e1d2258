//! The minimum length of the database's file, to detect a file that was overwritten in place.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::error;

/// The length that the file must have. Only a commit of `VACUUM` shortens it.
pub(super) struct MinimumLength {
    bytes: u64,
    /// SQLite's counter of commits by other connections.
    data_version: i64,
}

impl MinimumLength {
    /// The length of this connection's file. `None` if it can't be determined, or commits of our own may shorten the file.
    pub(super) fn of(file: &Path, connection: &Connection) -> Option<Self> {
        if pragma(connection, "auto_vacuum").ok()? != 0 {
            return None;
        }
        // The order matters. A commit in between either changes the version that is read, or is part of the page count.
        let length = fs::metadata(file).ok()?.len();
        let data_version = pragma(connection, "data_version").ok()?;
        let pages = u64::try_from(pragma(connection, "page_count").ok()?).ok()?;
        let page_size = u64::try_from(pragma(connection, "page_size").ok()?).ok()?;
        Some(Self {
            bytes: length.min(pages.checked_mul(page_size)?),
            data_version,
        })
    }

    /// Whether the file became shorter without a commit that could shorten it.
    pub(super) fn is_violated(&mut self, file: &Path, connection: &Connection) -> bool {
        let Ok(metadata) = fs::metadata(file) else {
            return false;
        };
        let no_other_commit = match pragma(connection, "data_version") {
            Ok(version) => version == self.data_version,
            // SQLite reports a file that ends before its last page as malformed.
            Err(error) => error::unavailable(&error).is_none(),
        };
        if no_other_commit && metadata.len() < self.bytes {
            return true;
        }
        if let Some(now) = Self::of(file, connection) {
            let bytes = if now.data_version == self.data_version {
                now.bytes.max(self.bytes)
            } else {
                now.bytes
            };
            *self = Self { bytes, ..now };
        }
        false
    }
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
