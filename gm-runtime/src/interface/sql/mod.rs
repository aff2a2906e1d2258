//! What SQL databases share: statements built with sea-query, and the DDL of the managers' tables.
//!
//! A storage such as [`sqlite`](super::sqlite) uses this module and implements [`Expressions`]. This module uses no storage.

mod condition;
mod cursor;
mod dialect;
mod expressions;
mod groups;
mod json_column;
mod judged_write;
mod lookup;
mod old_row;
mod page_with_count;
mod paging;
mod related;
mod row;
mod row_sink;
pub(crate) mod schema;
mod select;
mod settings;
mod stored_answers;
mod synchronous;
mod unique_values;
mod where_clause;
mod write;

pub use dialect::SqlDialect;
pub use synchronous::Synchronous;

pub(crate) use expressions::Expressions;
pub(crate) use groups::select_groups;
pub(crate) use json_column::json_column;
pub(crate) use judged_write::{JudgedWrite, created_row, judge_delete, judge_update, judges_delete};
pub(crate) use old_row::{OldRow, decode_row};
pub(crate) use page_with_count::select_page_with_count;
pub(crate) use paging::{PageEnd, Paging};
pub(crate) use related::related_ids;
pub(crate) use row::{Column, DatabaseRow, with_row_id};
pub(crate) use row_sink::{JsonRows, RowSink};
pub(crate) use select::{count, select_by_id, select_rows};
pub(crate) use settings::Settings;
pub(crate) use stored_answers::{STORED_ANSWERS, StoredCount};
pub(crate) use unique_values::{sight_of, taken_error, unique_values};
pub(crate) use where_clause::depends_on_length;
pub(crate) use write::{delete, insert, update};
