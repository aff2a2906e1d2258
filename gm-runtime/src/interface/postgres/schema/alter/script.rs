//! The text of a script, and the locks of its statements.

use crate::interface::sql::SqlDialect;

/// The statements on one table.
pub(super) struct Script {
    /// The table.
    pub(super) name: &'static str,
    /// The table, quoted.
    pub(super) table: String,
    text: String,
    has_lock_timeout: bool,
    explained: Vec<&'static str>,
}

/// What a statement locks, and for how long.
#[derive(Clone, Copy)]
pub(super) enum Lock {
    /// Everything waits for a moment.
    Moment,
    /// Everything waits while the column's indexes are built again.
    Indexes,
    /// Everything waits while every row is written again.
    Rewrite,
    /// Writers of the table, and of the one that it refers to, wait for a moment.
    ForeignKey,
    /// They wait while the table is read once.
    ForeignKeyScan,
    /// Readers and writers do not wait while the table is read once.
    Scan,
    /// Readers and writers do not wait while an index is built.
    Build,
    /// Writers of these rows wait until all of them are written.
    Rows,
    /// Writers wait for a moment.
    WritersForAMoment,
    /// Nothing that a reader or a writer waits for.
    None,
}

impl Lock {
    fn describe(self) -> &'static str {
        match self {
            Self::Moment => "Lock: ACCESS EXCLUSIVE for a moment. No row is read or written.",
            Self::Indexes => {
                "Lock: ACCESS EXCLUSIVE while the indexes of the column are built again. Reads and writes wait until then."
            }
            Self::Rewrite => {
                "Lock: ACCESS EXCLUSIVE while every row is written again. Reads and writes wait until then."
            }
            Self::ForeignKey => {
                "Lock: SHARE ROW EXCLUSIVE on both tables for a moment, for which writes wait. No row is read or written."
            }
            Self::ForeignKeyScan => {
                "Lock: SHARE ROW EXCLUSIVE on both tables while it reads every row. Writes wait until then."
            }
            Self::Scan => "Lock: SHARE UPDATE EXCLUSIVE while it reads every row. Reads and writes continue.",
            Self::Build => {
                "Lock: SHARE UPDATE EXCLUSIVE while it reads every row twice. Reads and writes continue."
            }
            Self::Rows => {
                "Lock: the rows that it changes, until it has changed all of them. Other rows are read and written."
            }
            Self::WritersForAMoment => {
                "Lock: SHARE for a moment, for which writes wait. No row is read or written."
            }
            Self::None => "Lock: none that a read or a write waits for.",
        }
    }

    /// What a person must know once, before the first such statement.
    fn explanation(self) -> Option<&'static str> {
        match self {
            Self::Rewrite => Some(
                "For a large table, add a column in place of this, fill it in parts, and let it take the place of the old one.",
            ),
            Self::Rows => Some("If these are many, change them in parts."),
            Self::Build => Some(
                "An index is built outside of a transaction, so not with `psql -1`. If it fails, such as for a value that two rows \
                 have, an invalid index stays, and `schema_changes` prints how to build it again.",
            ),
            _ => None,
        }
    }

    /// Whether all later statements on the table wait while this one waits for its lock.
    fn blocks(self) -> bool {
        matches!(
            self,
            Self::Moment
                | Self::Indexes
                | Self::Rewrite
                | Self::WritersForAMoment
                | Self::ForeignKey
                | Self::ForeignKeyScan
        )
    }
}

impl Script {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            table: SqlDialect::Postgres.quote(name),
            text: String::new(),
            has_lock_timeout: false,
            explained: Vec::new(),
        }
    }

    pub(super) fn into_text(mut self) -> String {
        self.set_lock_timeout(false);
        self.text
    }

    /// Adds a statement. `notes` are comments, each with its line break.
    pub(super) fn add(&mut self, lock: Lock, notes: &str, statement: &str) {
        self.set_lock_timeout(lock.blocks());
        self.text.push_str(notes);
        if let Some(explanation) = lock.explanation() {
            self.explain(explanation);
        }
        self.comment(lock.describe());
        self.text.push_str(statement);
        self.text.push_str(";\n");
    }

    fn comment(&mut self, comment: &str) {
        self.text.push_str(&format!("-- {comment}\n"));
    }

    fn explain(&mut self, explanation: &'static str) {
        if !self.explained.contains(&explanation) {
            self.explained.push(explanation);
            self.comment(explanation);
        }
    }

    /// Limits the wait for a lock. A statement that builds an index waits for older transactions, and so has no limit.
    fn set_lock_timeout(&mut self, is_on: bool) {
        if self.has_lock_timeout == is_on {
            return;
        }
        self.has_lock_timeout = is_on;
        if is_on {
            self.explain(
                "While a statement waits for its lock, all later ones wait. After 5 s it fails and changes nothing: run it again.",
            );
            self.text.push_str("SET lock_timeout = '5s';\n");
        } else {
            self.text.push_str("RESET lock_timeout;\n");
        }
    }
}
