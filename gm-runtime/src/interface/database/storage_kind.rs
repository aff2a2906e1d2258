//! The storage that a URL names, before it is open.

use super::url::{DatabaseUrl, Scheme};
use crate::error::Error;
use crate::features::{postgres, sqlite};
use crate::interface::sql::Settings;

/// How the database of a URL is opened.
pub(super) enum StorageKind {
    Sqlite(sqlite::ConnectOptions),
    Postgres(Box<postgres::ConnectOptions>),
}

impl StorageKind {
    /// The storage of a URL. `listen` is the URL of the server itself, if the other one is that of a pooler.
    pub(super) fn of(
        url: &DatabaseUrl,
        listen: Option<&DatabaseUrl>,
        settings: &Settings,
    ) -> Result<Self, Error> {
        match url.scheme() {
            Some(Scheme::Sqlite) if listen.is_some() => Err(Error::Configuration(
                "`.database_listen_url(..)` is for a pooler before Postgres, and the database is SQLite".to_owned(),
            )),
            Some(Scheme::Sqlite) => {
                sqlite::ConnectOptions::of_url(url.as_str(), settings).map(Self::Sqlite)
            }
            Some(Scheme::Postgres) => {
                let options =
                    postgres::ConnectOptions::of_urls(url.as_str(), listen.map(DatabaseUrl::as_str))?;
                Ok(Self::Postgres(Box::new(options)))
            }
            None if url.has_scheme() => Err(Error::Configuration(format!(
                "`.database(\"{}\")`: the databases are SQLite, as in `sqlite://relative/path.db`, and Postgres, as in \
                 `postgres://user@host/name`. For rows in another database, write storage of your own: \
                 `#[manager(interface = ..)]` names it in place of `#[database(..)]`, and `GmBuilder::schema` prints the tables \
                 for MySQL",
                url.without_password()
            ))),
            // Not the text itself, since a password may be in it.
            None => Err(Error::Configuration(
                "`.database(..)`: the scheme is missing; write `sqlite://relative/path.db`, `sqlite:///absolute/path.db`, \
                 `sqlite::memory:` or `postgres://user@host/name`"
                    .to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    fn refused(url: &str) -> String {
        match StorageKind::of(&DatabaseUrl::new(url.to_owned()), None, &Settings::default()) {
            Err(Error::Configuration(message)) => message,
            _ => panic!("{url} is refused"),
        }
    }

    #[test]
    fn another_database_is_refused_without_its_password() {
        for url in [
            "mysql://me:secret@localhost/db",
            "mysql://x?password=secret",
            "oracle:thin",
        ] {
            let message = refused(url);
            assert!(message.contains("`#[manager(interface = ..)]`"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_missing_scheme_is_refused() {
        let message = refused("projects.db");
        assert!(message.contains("the scheme is missing"), "{message}");
    }
}
