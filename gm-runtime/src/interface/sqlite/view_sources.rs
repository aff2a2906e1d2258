//! The tables behind a manager's rows: its own table, or those that its view reads.

use rusqlite::Connection;

use super::resolve::{object_type, resolve};

/// Virtual tables that read nothing but their arguments.
const PURE: [&str; 2] = ["json_each", "json_tree"];

/// What a manager's rows are read from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Source {
    /// The manager's own table.
    #[default]
    Table,
    /// The manager has a view, which reads these tables and views.
    Tables(Vec<String>),
    /// Unknown, since a virtual table may read any other table.
    Anything,
}

impl Source {
    /// Determines what a table or a view reads.
    pub(super) fn of(connection: &mut Connection, table: &str) -> Self {
        match object_type(connection, table).ok().flatten().as_deref() {
            Some("table" | "shadow") => Self::Table,
            Some("view") => Self::of_view(connection, table).unwrap_or_else(|error| {
                tracing::warn!(
                    %error,
                    "the tables that the view `{table}` reads can't be determined, so every change of the database is a \
                     refresh of its manager"
                );
                Self::Anything
            }),
            _ => Self::Anything,
        }
    }

    fn of_view(connection: &mut Connection, view: &str) -> rusqlite::Result<Self> {
        let tables = resolve(connection, view)?.tables;
        for name in &tables {
            let has_change_events = match object_type(connection, name)?.as_deref() {
                // SQLite reports no change of the sequence numbers of AUTOINCREMENT.
                Some("table") => !name.eq_ignore_ascii_case("sqlite_sequence"),
                Some("view" | "shadow") => true,
                _ => PURE.iter().any(|pure| name.eq_ignore_ascii_case(pure)),
            };
            if !has_change_events {
                return Ok(Self::Anything);
            }
        }
        Ok(Self::Tables(tables))
    }

    /// Whether a change of this table may change the rows of a view.
    pub(super) fn reads(&self, table: &str) -> bool {
        match self {
            Self::Table => false,
            Self::Tables(tables) => tables.iter().any(|name| name.eq_ignore_ascii_case(table)),
            Self::Anything => true,
        }
    }
}
