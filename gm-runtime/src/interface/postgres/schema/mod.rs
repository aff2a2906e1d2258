//! The tables of a database: creates missing ones, and compares existing ones with the declarations of their managers.

mod alter;
mod catalog_query;
mod change;
mod check;
mod column_type;
mod compare;
mod conversion;
mod create_missing;
mod details;
mod existing_table;
mod introspection;
mod literal;
mod next_id;
mod open_schemas;
mod report;

pub(super) use self::check::{changes, check};
