//! Rows in SQLite: one thread writes, and several threads read.
//!
//! `docs/design/storage.md` describes the threads, the shared commits and the encodings of values.

mod affected_rows;
mod bulk_commit;
mod bulk_job;
mod bulk_rows;
mod cancellation;
mod connection;
mod constraint_errors;
#[cfg(test)]
mod cursor_tests;
mod database;
mod decode;
mod encode;
mod error;
mod file_identity;
mod file_length;
mod file_watch;
mod functions;
mod group_commit;
mod inline_readers;
mod job;
mod location;
mod lookup;
mod old_row;
mod parameters;
mod query;
mod queue;
mod read_gate;
mod readable;
mod resolve;
mod rows;
mod rows_access;
#[cfg(test)]
mod rule_tests;
mod schema;
mod side_effects;
mod sql_text;
mod stored_answers;
mod table;
#[cfg(test)]
mod tests;
mod threads;
mod tokenizer;
mod topics;
mod transaction;
mod transaction_commit;
mod transaction_job;
mod transactions;
mod view_sources;
mod volatile_views;
mod wal;
mod write;
mod writer;
mod writer_job;

pub(super) use self::connection::ConnectOptions;
pub(super) use self::database::Sqlite;
#[cfg(test)]
use self::location::Location;
#[cfg(fuzzing)]
pub use self::schema::fuzz_statement;
