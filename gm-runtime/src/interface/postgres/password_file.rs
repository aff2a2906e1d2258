//! libpq's file of passwords.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// The most bytes of a file that are read.
const MAX_BYTES: u64 = 1024 * 1024;

/// The password for a server, if the URL has none: `PGPASSWORD`, else the line for it in the file of passwords.
pub(super) fn password(config: &Config, file: Option<&Path>) -> Option<String> {
    if let Ok(password) = std::env::var("PGPASSWORD") {
        return Some(password).filter(|password| !password.is_empty());
    }
    let file = match file {
        Some(file) => file.to_owned(),
        None => default_file()?,
    };
    in_file(&file, config)
}

fn default_file() -> Option<PathBuf> {
    if let Some(file) = std::env::var_os("PGPASSFILE") {
        return Some(file.into());
    }
    Some(PathBuf::from(std::env::var_os("HOME")?).join(".pgpass"))
}

/// The password of the first line that fits.
fn in_file(file: &Path, config: &Config) -> Option<String> {
    let metadata = std::fs::metadata(file)
        .ok()
        .filter(|metadata| metadata.is_file())?;
    if is_open_to_others(&metadata) {
        tracing::warn!(
            "the file of passwords `{}` is ignored, since others may read it; `chmod 0600` it",
            file.display()
        );
        return None;
    }
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    if let Err(error) = read {
        tracing::warn!(
            "the file of passwords `{}` can't be read: {error}",
            file.display()
        );
        return None;
    }
    find(&text, config)
}

#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

/// The password of the first line `host:port:database:user:password` that fits the host.
fn find(text: &str, config: &Config) -> Option<String> {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(_)) => "localhost".to_owned(),
        None => config.get_hostaddrs().first()?.to_string(),
    };
    let port = config.get_ports().first().unwrap_or(&5432).to_string();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(fields).find_map(|fields| match fields.as_slice() {
        [of_host, of_port, of_database, of_user, password, ..]
            if [
                (of_host, host.as_str()),
                (of_port, &port),
                (of_database, database),
                (of_user, user),
            ]
            .into_iter()
            .all(|(field, value)| field.fits(value)) =>
        {
            Some(password.text.clone()).filter(|password| !password.is_empty())
        }
        _ => None,
    })
}

/// A field of a line.
#[derive(Default)]
struct Field {
    text: String,
    has_escapes: bool,
}

impl Field {
    fn fits(&self, value: &str) -> bool {
        (self.text == "*" && !self.has_escapes) || self.text == value
    }
}

/// The fields of a line, between colons. A backslash escapes a colon and itself.
fn fields(line: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut field = Field::default();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ':' => fields.push(std::mem::take(&mut field)),
            '\\' => {
                field.has_escapes = true;
                field.text.extend(characters.next());
            }
            other => field.text.push(other),
        }
    }
    fields.push(field);
    fields
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::find;

    #[test]
    fn the_first_line_that_fits_counts() {
        let file = "# db.example:5432:shop:app:comment\nother:*:*:*:other\ndb.example:5433:*:*:port\n\
                    db.example:*:shop:app:a\\:b\\\\c\n*:*:*:*:last";
        for (url, password) in [
            ("postgres://app@db.example/shop", Some("a:b\\c")),
            ("postgres://app@db.example:5433/shop", Some("port")),
            ("postgres://app@other/shop", Some("other")),
            ("postgres://root@db.example/shop", Some("last")),
        ] {
            assert_eq!(find(file, &url.parse().unwrap()).as_deref(), password, "{url}");
        }
        let none = "db.example:5432:shop:app\nlocalhost:*:*:app:local";
        assert_eq!(
            find(none, &"postgres://app@db.example/shop".parse().unwrap()),
            None
        );
        let socket = "postgres://app@%2Ftmp/app".parse().unwrap();
        assert_eq!(find(none, &socket).as_deref(), Some("local"));
    }
}
