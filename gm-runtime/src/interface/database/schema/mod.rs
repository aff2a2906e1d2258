//! The SQL of the managers' tables, for each database.

mod agree;
mod create;
mod dialect;
mod mysql_row;
mod names;
mod sqlite_tokens;
mod sqlite_units;
mod types;
mod wanted;

pub use dialect::SqlDialect;
pub(super) use names::Names;
pub(super) use sqlite_tokens::{Token, mention, sql, tokens};
pub(super) use sqlite_units::{said, said_places, says_places};
pub(crate) use wanted::{WantedColumn, WantedTable};
