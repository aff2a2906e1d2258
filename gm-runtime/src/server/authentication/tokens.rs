//! The tokens of the builder and of a file, as bearer tokens and as API keys.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use super::hashed_tokens::{HashedTokens, is_name, parse_hash};
use super::presented_token::PresentedToken;
use super::{BearerTokens, Presented, Rejected, Verdict, bounded_file, token_file};
use crate::access::{Principal, Printable};
use crate::error::Error;

/// The tokens that a handle accepts, and where callers may present them.
pub(crate) struct Tokens {
    of_builder: BearerTokens,
    hashed: HashedTokens,
    file: Option<WatchedFile>,
    /// The name of a header in which callers may present a token, in lower case.
    api_key_header: Option<String>,
}

/// A token file, and what was read of it last.
struct WatchedFile {
    path: PathBuf,
    tokens: RwLock<HashedTokens>,
    seen: Mutex<Seen>,
}

/// The version of a token file that was read last.
struct Seen {
    version: Option<Version>,
    /// Whether the file is read once more although its version is the same. The times of a file have a resolution of some
    /// milliseconds, so it may have changed again since.
    again: bool,
}

/// What tells two versions of a file apart, without reading it.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    length: u64,
    modified: Option<SystemTime>,
    /// The number of the file, and the time of its last change of any kind.
    identity: (u64, i64, i64),
}

/// The tokens of a handle, as the builder collects them.
#[derive(Default)]
pub(crate) struct TokenSettings {
    pub(crate) tokens: Vec<(String, Principal)>,
    pub(crate) hashes: Vec<(String, Principal)>,
    pub(crate) file: Option<PathBuf>,
    pub(crate) api_key_header: Option<String>,
}

impl Tokens {
    pub(super) fn new(settings: TokenSettings) -> Result<Self, Error> {
        let api_key_header = settings.api_key_header.map(|name| name.to_ascii_lowercase());
        if let Some(name) = &api_key_header
            && (name == "authorization" || name.parse::<actix_web::http::header::HeaderName>().is_err())
        {
            return Err(Error::Configuration(format!(
                "{name:?} of `api_key_header` can't be the header of API keys: expected a name such as `x-api-key`"
            )));
        }
        let mut hashed = HashedTokens::default();
        for (hash, principal) in settings.hashes {
            let name = principal.name().unwrap_or_default().to_owned();
            if !is_name(&name) {
                return Err(Error::Configuration(format!(
                    "{name:?} can't be the name of a token's principal: it appears in logs, so it must have one or more \
                     characters, and no control characters"
                )));
            }
            let hash = parse_hash(&hash).ok_or_else(|| {
                Error::Configuration(format!(
                    "the hash of the token of `{name}` must be the SHA-256 of the token, as 64 hexadecimal digits"
                ))
            })?;
            if !hashed.add(hash, principal) {
                return Err(Error::Configuration(format!(
                    "`{name}` and another principal have the same token"
                )));
            }
        }
        let file = match settings.file {
            None => None,
            Some(path) => {
                let (tokens, version) = read(&path).map_err(Error::Configuration)?;
                Some(WatchedFile {
                    path,
                    tokens: RwLock::new(tokens),
                    seen: Mutex::new(Seen { version, again: true }),
                })
            }
        };
        Ok(Self {
            of_builder: BearerTokens::new(settings.tokens)?,
            hashed,
            file,
            api_key_header,
        })
    }

    /// The principal of this token.
    pub(super) fn find(&self, token: &PresentedToken<'_>) -> Option<Principal> {
        let known = self.of_builder.find(token);
        let known = known.or_else(|| self.hashed.find(token.text()));
        known.or_else(|| {
            let file = self.file.as_ref()?;
            let tokens = file.tokens.read().unwrap_or_else(PoisonError::into_inner);
            tokens.find(token.text())
        })
    }

    pub(crate) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Reads the file again if it has changed. Returns the names of the principals who have lost a token.
    pub(crate) fn reload(&self) -> Vec<String> {
        let Some(file) = &self.file else {
            return Vec::new();
        };
        let mut seen = file.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let version = version(&file.path);
        let has_changed = seen.version != version;
        if !has_changed && !seen.again {
            return Vec::new();
        }
        *seen = Seen {
            version,
            again: has_changed,
        };
        match read(&file.path) {
            Ok((tokens, version)) => {
                seen.again |= seen.version != version;
                seen.version = version;
                let count = tokens.len();
                let mut present = file.tokens.write().unwrap_or_else(PoisonError::into_inner);
                if *present == tokens {
                    return Vec::new();
                }
                tracing::info!(count, "the token file was read again");
                let lost = present.names_lost_in(&tokens);
                *present = tokens;
                lost
            }
            Err(_) if !has_changed => Vec::new(),
            Err(error) => {
                tracing::error!(
                    "the token file has changed, but the present tokens stay: {}",
                    Printable(&error)
                );
                Vec::new()
            }
        }
    }

    /// Whether the request presents an API key.
    pub(super) fn has_api_key(&self, presented: &Presented<'_>) -> bool {
        let name = self.api_key_header.as_ref();
        name.is_some_and(|name| presented.headers().contains_key(name))
    }

    /// The principal of an API key.
    pub(super) fn api_key(&self, presented: &Presented<'_>) -> Verdict {
        let Some(name) = &self.api_key_header else {
            return Ok(None);
        };
        if !presented.headers().contains_key(name) {
            return Ok(None);
        }
        let key = presented.header(name).map(PresentedToken::new);
        let key = key.and_then(|key| self.find(&key));
        key.map(Some)
            .ok_or_else(|| Rejected::new("the API key is unknown").into())
    }
}

/// The tokens of a file, and its version.
fn read(path: &Path) -> Result<(HashedTokens, Option<Version>), String> {
    // Taken first, so that a later change is noticed.
    let version = version(path);
    let bytes = bounded_file::read(path, token_file::MAX_BYTES)?;
    let tokens =
        token_file::read(&bytes).map_err(|error| format!("the token file `{}`: {error}", path.display()))?;
    Ok((tokens, version))
}

/// The version of a file. `None` if there is none.
fn version(path: &Path) -> Option<Version> {
    let metadata = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let identity = {
        use std::os::unix::fs::MetadataExt as _;
        (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
    };
    #[cfg(not(unix))]
    let identity = (0, 0, 0);
    Some(Version {
        length: metadata.len(),
        modified: metadata.modified().ok(),
        identity,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

    use super::*;

    fn write(path: &Path, name: &str) {
        let text = format!(
            r#"{{"tokens": [{{"sha256": "{}", "name": "{name}"}}]}}"#,
            "0".repeat(64)
        );
        std::fs::write(path, text).unwrap();
    }

    /// The times of a file do not tell two changes within some milliseconds apart.
    #[test]
    fn a_file_that_changed_again_with_the_same_version_is_noticed_at_the_next_look() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        write(&path, "ada");
        let settings = TokenSettings {
            file: Some(path.clone()),
            ..TokenSettings::default()
        };
        let tokens = Tokens::new(settings).unwrap();
        // The file was read between two changes, whose times are the same.
        let with_same_version = |name: &str| {
            write(&path, name);
            let file = tokens.file.as_ref().unwrap();
            file.seen.lock().unwrap().version = version(&path);
        };
        with_same_version("bob");
        assert_eq!(tokens.reload(), ["ada"]);
        assert_eq!(tokens.reload(), Vec::<String>::new());
        write(&path, "grace");
        assert_eq!(tokens.reload(), ["bob"]);
        with_same_version("linus");
        assert_eq!(tokens.reload(), ["grace"]);
        // It is not read for ever.
        with_same_version("later");
        assert_eq!(tokens.reload(), Vec::<String>::new());
    }
}
