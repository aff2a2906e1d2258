//! How many rows a statement changed, including the rows that triggers and foreign keys changed.

use rusqlite::Connection;

/// SQLite's total count of changed rows before a statement.
pub(super) struct ChangeCount<'c> {
    connection: &'c Connection,
    before: u64,
}

/// The rows that a write of one row changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AffectedRows {
    /// None.
    None,
    /// The written row once, and no other. It has the values that were sent.
    OnlyTheRow,
    /// Other rows too, or the row more than once.
    More,
}

impl<'c> ChangeCount<'c> {
    pub(super) fn before(connection: &'c Connection) -> Self {
        Self {
            connection,
            before: connection.total_changes(),
        }
    }

    /// The rows changed since then. `written` is the statement's own count, which is zero on a view, and if a trigger
    /// ignored the write.
    pub(super) fn after(&self, written: usize) -> AffectedRows {
        match (
            self.connection.total_changes().saturating_sub(self.before),
            written,
        ) {
            (0, _) => AffectedRows::None,
            (1, 1) => AffectedRows::OnlyTheRow,
            _ => AffectedRows::More,
        }
    }
}
