//! The tables of a file: creates missing ones, and compares existing ones with the declarations of their managers.

mod affinity;
mod alter_table;
mod check;
mod compare;
mod conflict_clause;
mod create_statement;
mod decimal_places;
mod dry_run;
mod introspection;
mod literal;
mod number_text;
mod omitted_value;
mod places_constraint;
mod rebuild;
mod rebuilt_column;
mod report;
mod statement_edit;

pub(super) use self::check::{changes, check};
#[cfg(fuzzing)]
pub use self::create_statement::fuzz_statement;
