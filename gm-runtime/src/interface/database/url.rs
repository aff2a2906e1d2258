//! The URL of a database.

use std::fmt;

/// The URL of a database, which may hold a password. Neither its `Debug` nor an error message shows one.
#[derive(Clone)]
pub(crate) struct DatabaseUrl(String);

/// The storage that a URL's scheme names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Sqlite,
    Postgres,
}

impl DatabaseUrl {
    pub(crate) fn new(url: String) -> Self {
        Self(url)
    }

    /// The text, with its password.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The storage that the scheme names, unless it names none.
    pub(super) fn scheme(&self) -> Option<Scheme> {
        match self.0.split_once(':')?.0 {
            "sqlite" => Some(Scheme::Sqlite),
            "postgres" | "postgresql" => Some(Scheme::Postgres),
            _ => None,
        }
    }

    /// Whether there is any scheme.
    pub(super) fn has_scheme(&self) -> bool {
        self.0.contains(':')
    }

    /// The URL without the parts that may hold a password.
    pub(super) fn without_password(&self) -> String {
        let url = self.0.split(['?', '#']).next().unwrap_or_default();
        match (url.split_once("//"), url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, place))) => format!("{scheme}//..@{place}"),
            _ => url.to_owned(),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.without_password())
    }
}
