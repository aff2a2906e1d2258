//! Rows in PostgreSQL: one connection writes, one listens to changes, and several read.
//!
//! `docs/design/postgres.md` describes the connections, the shared commits and the change feed.

mod background;
mod case_exceptions;
mod case_folding;
mod case_folding_search;
mod collation;
mod connect_options;
mod connector;
mod database;
mod decode;
mod driver;
mod encode;
mod endpoint;
mod error;
mod expressions;
mod feed;
mod groups;
mod job_queue;
mod json_equality;
mod list_reader;
mod list_reads;
mod local_lookups;
mod locked_query;
mod notification;
mod numeric;
mod open_error;
mod parameter;
mod password_file;
mod pattern_scan;
mod point_reads;
mod purpose;
mod query;
mod reached_server;
mod read_clock;
mod readable;
mod reads;
mod reads_inside;
mod routes;
mod rows;
mod schema;
mod schema_changes;
mod server_check;
mod session;
mod session_query;
mod session_slot;
mod statement;
mod statement_cache;
mod statement_writer;
mod table;
#[cfg(test)]
mod tests;
mod thread_lists;
mod thread_slots;
mod tls;
mod tls_verifier;
mod transactions;
mod under_way;
mod url;
mod url_options;
mod writer;

pub(super) use self::connect_options::ConnectOptions;
pub(super) use self::database::Postgres;
