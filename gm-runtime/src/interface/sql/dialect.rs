//! The dialects of SQL.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A database whose dialect of SQL the schema of the managers' tables can be printed in.
///
/// # Examples
///
/// ```
/// use gm_runtime::interface::SqlDialect;
///
/// let dialect: SqlDialect = "postgres".parse()?;
/// assert_eq!(dialect, SqlDialect::Postgres);
/// # Ok::<(), gm_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SqlDialect {
    /// SQLite 3.37 or later, which has `STRICT` tables.
    Sqlite,
    /// PostgreSQL 13 or later, in a database whose encoding is UTF-8.
    Postgres,
    /// MySQL 8.0.17 or later, whose `utf8mb4_0900_bin` compares text by code point.
    MySql,
}

impl SqlDialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MySql];

    /// The name of the dialect, for command lines: `sqlite`, `postgres` or `mysql`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }

    /// The quoted name of a table, a column or an index.
    pub(crate) fn quote(self, name: &str) -> String {
        let mark = match self {
            Self::Sqlite | Self::Postgres => '"',
            Self::MySql => '`',
        };
        let escaped = name.replace(mark, &format!("{mark}{mark}"));
        format!("{mark}{escaped}{mark}")
    }
}

impl fmt::Display for SqlDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SqlDialect {
    type Err = Error;

    /// Parses a [`name`](Self::name).
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.name() == name)
            .ok_or_else(|| {
                Error::Configuration(format!(
                    "`{name}` is not a known dialect of SQL: expected `sqlite`, `postgres` or `mysql`"
                ))
            })
    }
}
