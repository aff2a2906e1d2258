//! The query of a new session for the state of its server, and the checks of the answer.

use tokio_postgres::SimpleQueryMessage;

use super::error::{MAX_NAME, escaped};
use super::open_error::OpenError;
use super::reached_server::ServerId;

/// The oldest version that is supported.
const MIN_VERSION: i32 = 130_000;

/// The query for the state of the server.
pub(super) const QUESTION: &str = "SELECT pg_backend_pid(), current_setting('server_version_num'), \
     current_setting('server_encoding'), pg_is_in_recovery(), current_setting('transaction_read_only'), \
     (SELECT format('%s of the server started at %s s', oid, extract(epoch FROM pg_postmaster_start_time())::numeric) \
     FROM pg_database WHERE datname = current_database())";

/// What the server answers.
pub(super) struct ServerState {
    pub(super) backend: i32,
    pub(super) server: ServerId,
}

impl ServerState {
    /// Judges the server's answer.
    ///
    /// # Errors
    /// The server can't be used, or accepts no writes now.
    pub(super) fn judge(answer: &[SimpleQueryMessage]) -> Result<Self, OpenError> {
        let row = answer.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let column = |index| {
            row.and_then(|row| row.try_get(index).ok().flatten())
                .unwrap_or_default()
        };
        let number = |text: &str| text.parse().unwrap_or(0);
        let version: i32 = number(column(1));
        if version < MIN_VERSION {
            return Err(OpenError::Configuration(format!(
                "it {}, and 13 or later is needed",
                described(version)
            )));
        }
        if column(2) != "UTF8" {
            return Err(OpenError::Configuration(format!(
                "the encoding of its database is `{}`, and `UTF8` is needed; create the database with `ENCODING 'UTF8'`",
                escaped(column(2), MAX_NAME)
            )));
        }
        // What was read there could be older than what was written before.
        if column(3) == "t" {
            return Err(OpenError::Temporary(
                "the database server is a standby",
                "it is a standby; the URL must name the server that accepts writes, or all of them"
                    .to_owned(),
            ));
        }
        if column(4) == "on" {
            return Err(OpenError::Temporary(
                "the database is read-only",
                "it is read-only (`default_transaction_read_only` of the role, the database or the server)"
                    .to_owned(),
            ));
        }
        Ok(Self {
            backend: number(column(0)),
            server: ServerId(format!("database {}", column(5))),
        })
    }
}

/// What the server is, by its `server_version_num`. Versions before 10 have three parts.
fn described(version: i32) -> String {
    let major = version / 10_000;
    match version {
        ..=0 => "does not say which version of PostgreSQL it is".to_owned(),
        1..100_000 => format!("is PostgreSQL {major}.{}.{}", version / 100 % 100, version % 100),
        _ => format!("is PostgreSQL {major}.{}", version % 10_000),
    }
}
