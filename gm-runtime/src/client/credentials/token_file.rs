//! A token in a file.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use std::io::Read as _;

use super::credential::Credential;
use super::provider::{CredentialProvider, CredentialRequest};
use crate::error::CredentialError;

/// The most bytes of the file.
const MAX_BYTES: u64 = 64 * 1024;
/// How long a token is used before the file is read again.
const CHECK_AFTER: Duration = Duration::from_secs(60);

/// A bearer token in a file, which is read again when it changes: for example a projected token of Kubernetes.
///
/// White space around the token is ignored. The end and the identity are those of [`Credential::bearer`].
///
/// # When it is read
/// Every minute while it is used, between a half and three quarters of a token's remaining life, and after an owner rejected
/// the token. After a failure or a rejection also as soon as a request or a websocket finds that the file's modification time or
/// length has changed, which is compared once a second at most. A new token replaces the one before in new requests, and in the
/// websockets.
///
/// # Errors
/// A file that can't be read, or has more than 64 KiB, is [`CredentialError::File`]. The last token is then used until its
/// end. A missing file is no error of [`build`](crate::GmBuilder::build), since it may be written later.
///
/// # Example
/// ```
/// use gm_runtime::Gm;
/// use gm_runtime::client::TokenFile;
///
/// let builder = Gm::builder().credentials(TokenFile::new("/var/run/secrets/projects/token"));
/// ```
#[derive(Clone, Debug)]
pub struct TokenFile {
    path: Arc<Path>,
    identity: Option<String>,
}

impl TokenFile {
    /// The file with this path. A relative path is one from the program's working directory.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into().into(),
            identity: None,
        }
    }

    /// Sets the identity for which all tokens of the file stand: see [`Credential::of`].
    ///
    /// Without it, the cache starts anew with each token that is no JSON Web Token, and a write with a token that an owner
    /// rejects is not sent again with the next one.
    #[must_use]
    pub fn of(mut self, identity: impl Into<String>) -> Self {
        self.identity = Some(identity.into());
        self
    }

    fn read(&self) -> io::Result<String> {
        let mut text = String::new();
        // A named pipe would block the thread until another process writes.
        if !fs::metadata(&self.path)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let file = fs::File::open(&self.path)?;
        file.take(MAX_BYTES.saturating_add(1)).read_to_string(&mut text)?;
        if text.len() as u64 > MAX_BYTES {
            return Err(io::Error::other("the file has more than 64 KiB"));
        }
        Ok(text)
    }
}

impl CredentialProvider for TokenFile {
    async fn credential(&self, _: &CredentialRequest) -> Result<Credential, CredentialError> {
        let text = self.read().map_err(|error| CredentialError::File {
            path: Arc::clone(&self.path),
            reason: error.to_string().into(),
        })?;
        let credential = Credential::bearer(text.trim()).check_after(CHECK_AFTER);
        Ok(match &self.identity {
            Some(identity) => credential.of(identity),
            None => credential,
        })
    }

    fn version(&self) -> Option<u64> {
        let metadata = fs::metadata(&self.path).ok();
        let state = metadata.map(|file| (file.modified().ok(), file.len()));
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        Some(hasher.finish())
    }

    fn name(&self) -> String {
        format!("the token file `{}`", self.path.display())
    }
}
