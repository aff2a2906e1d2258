//! The SQL of the managers' tables, for each database.

mod create;
mod dialect;
mod mysql_row;
mod sqlite_units;
mod types;
mod wanted;

pub(super) use create::create_table;
pub use dialect::SqlDialect;
pub(super) use sqlite_units::{said_places, says_places};
pub(crate) use wanted::{WantedColumn, WantedTable};
