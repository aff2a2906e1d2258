//! The SQL of the managers' tables, for each database.

mod column_types;
mod compatibility;
mod create_table;
mod decimal_places;
mod identifiers;
mod mysql_row_size;
mod target;

pub(crate) use decimal_places::{CONSTRAINT_NAME, says_places};
pub(crate) use identifiers::Names;
pub(crate) use target::{WantedColumn, WantedTable};
