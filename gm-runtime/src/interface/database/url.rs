//! URLs of databases.

use std::path::PathBuf;

use crate::error::Error;
use crate::interface::sqlite::Location;

/// Parses `sqlite://relative.db`, `sqlite:///absolute.db` and `sqlite::memory:`.
pub(super) fn parse(url: &str) -> Result<Location, Error> {
    let refuse = |why: &str| {
        Err(Error::Configuration(format!(
            "`.database(\"{url}\")`: {why}; write `sqlite://relative/path.db`, `sqlite:///absolute/path.db` or `sqlite::memory:`"
        )))
    };
    match url.split_once(':') {
        Some(("sqlite", ":memory:" | "//:memory:")) => Ok(Location::Memory),
        Some(("sqlite", rest)) => match rest.strip_prefix("//") {
            Some("") => refuse("the path is missing"),
            Some(path) if path.contains(['?', '#']) => {
                refuse("the URL has options, which are methods of the builder")
            }
            Some(path) => Ok(Location::File(PathBuf::from(path))),
            None => refuse("`//` is missing behind `sqlite:`"),
        },
        Some(_) => Err(Error::Configuration(format!(
            "`.database(\"{}\")`: the only database is SQLite, as in `sqlite://relative/path.db`. For rows in another \
             database, write storage of your own: `#[manager(interface = ..)]` names it in place of `#[database(..)]`, and \
             `GmBuilder::schema` prints the tables for Postgres and MySQL",
            without_password(url)
        ))),
        None => refuse("the scheme is missing"),
    }
}

/// The URL without the parts that may hold a password.
fn without_password(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match (url.split_once("//"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}//..@{place}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
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
            assert_eq!(parse(url).ok(), Some(location), "{url}");
        }
    }

    #[test]
    fn names_the_problem() {
        for (url, part) in [
            ("projects.db", "the scheme is missing"),
            ("sqlite:projects.db", "`//` is missing"),
            ("sqlite://", "the path is missing"),
            ("sqlite://projects.db?mode=ro", "the URL has options"),
        ] {
            let Err(Error::Configuration(message)) = parse(url) else {
                panic!("{url} is refused")
            };
            assert!(message.contains(part) && message.contains(url), "{message}");
        }
        for url in [
            "postgres://me:secret@localhost/db",
            "mysql://x?password=secret",
            "oracle:thin",
        ] {
            let Err(Error::Configuration(message)) = parse(url) else {
                panic!("{url} is refused")
            };
            assert!(message.contains("`#[manager(interface = ..)]`"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
