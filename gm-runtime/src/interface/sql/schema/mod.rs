//! The tables that the managers' structs declare, the DDL that creates them in each dialect, and their differences from the
//! tables that exist.

mod additions;
mod backfill;
mod column_types;
mod compatibility;
mod create_table;
mod decimal_places;
mod difference;
mod foreign_key;
mod identifiers;
mod kept_columns;
mod mysql_row_size;
mod postgres_names;
mod report;
mod target;
mod target_column;

pub(crate) use additions::Additions;
pub(crate) use backfill::backfill_value;
pub(crate) use decimal_places::{CONSTRAINT_PREFIX, places_constraint};
pub(crate) use difference::{Difference, Remedy, Severity};
pub(crate) use foreign_key::ForeignKey;
pub(crate) use identifiers::Identifiers;
pub(crate) use report::{Report, missing_table};
pub(crate) use target::TargetTable;
pub(crate) use target_column::TargetColumn;
