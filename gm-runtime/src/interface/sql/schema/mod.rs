//! The tables that the managers' structs declare, and the DDL that creates them in each dialect.

mod column_types;
mod compatibility;
mod create_table;
mod decimal_places;
mod identifiers;
mod mysql_row_size;
mod target;
mod target_column;

pub(crate) use decimal_places::{CONSTRAINT_PREFIX, places_constraint};
pub(crate) use identifiers::Identifiers;
pub(crate) use target::TargetTable;
pub(crate) use target_column::TargetColumn;
