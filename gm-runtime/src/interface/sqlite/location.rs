//! Where a database is: a file, or memory.

use std::path::PathBuf;

use crate::error::Error;

/// The location of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// A file.
    File(PathBuf),
    /// The memory of the one connection that opens it.
    Memory,
}

impl Location {
    /// Parses `sqlite://relative.db`, `sqlite:///absolute.db` and `sqlite::memory:`.
    pub(super) fn of_url(url: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            Err(Error::Configuration(format!(
                "`.database(\"{url}\")`: {why}; write `sqlite://relative/path.db`, `sqlite:///absolute/path.db` or \
                 `sqlite::memory:`"
            )))
        };
        match url.strip_prefix("sqlite:").unwrap_or(url) {
            ":memory:" | "//:memory:" => Ok(Self::Memory),
            rest => match rest.strip_prefix("//") {
                Some("") => refuse("the path is missing"),
                Some(path) if path.contains(['?', '#']) => {
                    refuse("the URL has options, which are methods of the builder")
                }
                Some(path) => Ok(Self::File(PathBuf::from(path))),
                None => refuse("`//` is missing behind `sqlite:`"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn parses_paths_and_memory() {
        for (url, location) in [
            ("sqlite://projects.db", Location::File("projects.db".into())),
            (
                "sqlite://data/projects.db",
                Location::File("data/projects.db".into()),
            ),
            (
                "sqlite:///var/lib/projects.db",
                Location::File("/var/lib/projects.db".into()),
            ),
            ("sqlite::memory:", Location::Memory),
            ("sqlite://:memory:", Location::Memory),
        ] {
            assert_eq!(Location::of_url(url).ok(), Some(location), "{url}");
        }
    }

    #[test]
    fn names_the_problem() {
        for (url, part) in [
            ("sqlite:projects.db", "`//` is missing"),
            ("sqlite://", "the path is missing"),
            ("sqlite://projects.db?mode=ro", "the URL has options"),
        ] {
            let Err(Error::Configuration(message)) = Location::of_url(url) else {
                panic!("{url} is refused")
            };
            assert!(message.contains(part) && message.contains(url), "{message}");
        }
    }
}
