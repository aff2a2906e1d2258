//! The SQL of the managers' tables, for each database.

mod create;
mod dialect;
mod mysql_row;
mod types;
mod wanted;

pub(super) use create::create_table;
pub use dialect::SqlDialect;
pub(crate) use wanted::{WantedColumn, WantedTable};
