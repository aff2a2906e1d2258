//! The errors of opening a session.

use std::fmt;

use tokio_postgres::Config;

use super::error::{described, unavailable};
use super::url::ServerUrl;
use crate::error::Error;

/// The error of opening a session.
#[derive(Clone, Debug)]
pub(super) enum OpenError {
    /// The settings of the service or of the server have to be changed.
    Configuration(String),
    /// The failure may pass. The short reason is for callers, and the description for logs.
    Temporary(&'static str, String),
}

pub(super) const UNREACHABLE: &str = "the database server can't be reached";

impl OpenError {
    /// The error of the server's answer, or of the connection.
    pub(super) fn of(host: &Config, error: &tokio_postgres::Error) -> Self {
        let reason = without_password(host, described(error));
        let refused = |why: &str| Self::Configuration(format!("{why}: {reason}"));
        let user = host.get_user().map_or_else(
            || "the user of this process".to_owned(),
            |user| format!("the user `{}`", user.escape_debug()),
        );
        match (
            error.code().map(tokio_postgres::error::SqlState::code),
            unavailable(error),
        ) {
            (Some("28P01" | "28000"), _) => refused(&format!(
                "it refuses {user}; the password is the one of the URL, of `PGPASSWORD`, or of `passfile`, `PGPASSFILE` or \
                 `~/.pgpass`"
            )),
            (Some("3D000"), _) => {
                refused("it has no such database; create it, or name another one in the URL")
            }
            (Some("42501"), _) => refused(&format!("it does not let {user} connect (`GRANT CONNECT`)")),
            (Some(_), Some(Error::Unavailable(short))) => Self::Temporary(short, reason),
            (Some(_), _) => refused("it refuses connections"),
            (None, _) if is_certificate(error) => refused(
                "its certificate or that of this service is not accepted; see `sslmode`, `sslrootcert`, `sslcert`",
            ),
            // The driver has no code for it.
            (None, None) if reason.ends_with("password missing") => Self::Configuration(format!(
                "it requires a password of {user}, and there is none in the URL, in `PGPASSWORD`, or in the file of `passfile`, \
                 `PGPASSFILE` or `~/.pgpass`, which no other user may read"
            )),
            (None, Some(_)) => Self::Temporary(UNREACHABLE, reason),
            (None, _) => Self::Configuration(reason),
        }
    }

    /// The error of all hosts of a URL, at least one, with their places.
    pub(super) fn of_all(failures: Vec<(String, Self)>) -> Self {
        let mut failures = failures;
        if failures.len() < 2 {
            let unknown = || Self::Configuration("its URL has no host".to_owned());
            return failures.pop().map_or_else(unknown, |(_, error)| error);
        }
        let whys: Vec<_> = failures
            .iter()
            .map(|(place, error)| format!("{place}: {error}"))
            .collect();
        let whys = whys.join("; ");
        let temporary = failures.iter().rev().find_map(|(_, error)| match error {
            Self::Temporary(short, _) => Some(*short),
            Self::Configuration(_) => None,
        });
        match temporary {
            Some(short) => Self::Temporary(short, whys),
            None => Self::Configuration(whys),
        }
    }

    /// The error while the service is built, which names everything.
    pub(super) fn at_build(self, server: &ServerUrl) -> Error {
        let place = server.place();
        match self {
            Self::Configuration(why) => {
                Error::Configuration(format!("the database server at {place} can't be used: {why}"))
            }
            Self::Temporary(_, why) => Error::storage(anyhow::anyhow!(
                "the database server at {place} can't be used now: {why}"
            )),
        }
    }

    /// The error of a read or a write. The log has the reason.
    pub(super) fn later(&self) -> Error {
        Error::Unavailable(match self {
            Self::Configuration(_) => "the database server can't be used; the log says why",
            Self::Temporary(short, _) => short,
        })
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(why) | Self::Temporary(_, why) => f.write_str(why),
        }
    }
}

/// The server's answer, unless it repeats the password. A server may have received the password as it is.
fn without_password(host: &Config, answer: String) -> String {
    let Some(password) = host.get_password().filter(|password| !password.is_empty()) else {
        return answer;
    };
    let password = String::from_utf8_lossy(password);
    let escaped = password.escape_debug().to_string();
    match answer.contains(&*password) || answer.contains(&escaped) {
        true => "its answer is not shown, since it may repeat the password".to_owned(),
        false => answer,
    }
}

/// Whether TLS failed for the sake of a certificate.
fn is_certificate(error: &tokio_postgres::Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    let inner = source.and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| inner.is::<rustls::Error>())
}
