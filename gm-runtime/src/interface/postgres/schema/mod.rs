//! The tables of a database: creates missing ones, and compares existing ones with the declarations of their managers.

mod alter;
mod change;
mod check;
mod column_type;
mod compare;
mod conversion;
mod create_missing;
mod existing_table;
mod introspection;
mod literal;
mod report;

pub(super) use self::check::{changes, check};
