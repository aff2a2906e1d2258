//! Rows in PostgreSQL: one connection writes, one listens to changes, and several read.
//!
//! `docs/design/postgres.md` describes the connections, the shared commits and the change feed.
#![allow(
    dead_code,
    reason = "the parts of this storage are written one after the other; this line goes with the last of them"
)]

mod background;
mod connect_options;
mod connector;
mod database;
mod driver;
mod endpoint;
mod error;
mod job_queue;
mod list_reader;
mod list_reads;
mod open_error;
mod parameter;
mod password_file;
mod point_reads;
mod point_slot;
mod read_clock;
mod server_check;
mod session;
mod statement;
mod statement_cache;
mod table;
mod tls;
mod tls_verifier;
mod url;

pub(super) use self::connect_options::ConnectOptions;
pub(super) use self::database::Postgres;
