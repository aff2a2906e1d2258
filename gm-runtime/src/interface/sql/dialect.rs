//! Which database the SQL is for.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// The database that SQL is written for.
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
    /// PostgreSQL 12 or later, in a database whose encoding is UTF-8.
    Postgres,
    /// MySQL 8.0.17 or later, whose `utf8mb4_0900_bin` compares text by code point.
    MySql,
}

impl SqlDialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MySql];

    /// What the dialect is called on a command line: `sqlite`, `postgres` or `mysql`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }

    /// A name of a table, a column or an index as it stands in SQL.
    pub(crate) fn quote(self, name: &str) -> String {
        let mark = match self {
            Self::Sqlite | Self::Postgres => '"',
            Self::MySql => '`',
        };
        let inside = name.replace(mark, &format!("{mark}{mark}"));
        format!("{mark}{inside}{mark}")
    }
}

impl fmt::Display for SqlDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SqlDialect {
    type Err = Error;

    /// Reads a [`name`](Self::name).
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.name() == name)
            .ok_or_else(|| {
                Error::Configuration(format!(
                    "`{name}` is not a dialect of SQL that is known here: expected `sqlite`, `postgres` or `mysql`"
                ))
            })
    }
}
