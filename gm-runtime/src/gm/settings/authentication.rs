//! The settings of authentication: the callers that the owner's side accepts.

use std::path::PathBuf;
use std::time::Duration;

use crate::access::Principal;
use crate::gm::GmBuilder;
use crate::server::{Authenticator, Own, TrustedProxy};

/// The callers that the owner's side accepts.
///
/// A request without credentials is anonymous. Wrong credentials are answered 401, and a websocket with them is closed
/// with 4401. The first of these that knows the credentials of a request decides:
///
/// 1. the tokens of the builder and of the token file, as a bearer token or an API key. Both at once are answered 401, and so
///    is an API key in addition to an `Authorization` header;
/// 2. JSON Web Tokens;
/// 3. the [`Authenticator`]s of the application, in the order in which they were added;
/// 4. the client certificate of the connection;
/// 5. the user header of a trusted proxy.
impl GmBuilder {
    /// A bearer token that is accepted, and its principal: a name, or a
    /// [`Principal`](crate::access::Principal) with groups, permissions and claims.
    ///
    /// A caller that sends `Authorization: Bearer <token>` is this principal. Tokens are compared in constant time.
    ///
    /// [`build`](Self::build) refuses a token that is empty, that is given twice, or that has other characters than visible
    /// ASCII. It also refuses a principal without a name, and a name that is empty or has control characters.
    ///
    /// ```
    /// use gm_runtime::Gm;
    /// use gm_runtime::access::Principal;
    ///
    /// let builder = Gm::builder()
    ///     .accept_bearer_token("secret-of-ada", "ada")
    ///     .accept_bearer_token("secret-of-the-import", Principal::named("import").with_group("writers"));
    /// ```
    pub fn accept_bearer_token(mut self, token: impl Into<String>, principal: impl Into<Principal>) -> Self {
        let tokens = &mut self.server.authentication.tokens.tokens;
        tokens.push((token.into(), principal.into()));
        self
    }

    /// A token of which only the SHA-256 is known here, as 64 hexadecimal digits, and its principal. A caller presents the
    /// token itself, as with [`accept_bearer_token`](Self::accept_bearer_token).
    ///
    /// A hash protects a token that can't be guessed: one of at least 128 random bits. It does not protect a password.
    ///
    /// ```
    /// // printf %s 'secret-of-ada' | sha256sum
    /// let hash = "4591655316303bc45834b338c1baa371b7b61ba9dbeba8a6639c95dd4dc0a3f9";
    /// let builder = gm_runtime::Gm::builder().accept_token_hash(hash, "ada");
    /// ```
    ///
    /// # Errors
    /// [`build`](Self::build) refuses a hash of another form, and a token that is given twice.
    pub fn accept_token_hash(mut self, sha256: impl Into<String>, principal: impl Into<Principal>) -> Self {
        let hashes = &mut self.server.authentication.tokens.hashes;
        hashes.push((sha256.into(), principal.into()));
        self
    }

    /// A file of tokens, in addition to those of the builder. It is read again within a second or two after it has changed.
    ///
    /// The file is JSON in UTF-8, of at most 16 MiB. `sha256` and `name` are required, and other keys are refused:
    ///
    /// ```json
    /// {"tokens": [
    ///   {
    ///     "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ///     "name": "billing",
    ///     "groups": ["writers"],
    ///     "permissions": ["invoices"],
    ///     "admin": false,
    ///     "claims": {"tenant": 7},
    ///     "ends_at": "2030-01-31T12:00:00Z"
    ///   }
    /// ]}
    /// ```
    ///
    /// `sha256` is the SHA-256 of a token of at least 128 random bits: `openssl rand -hex 32` makes one, and `printf %s
    /// "$token" | sha256sum` hashes it.
    ///
    /// If a token is removed or changed, the websockets of its principal are closed with 4408. A file that can't be read
    /// changes nothing, and an error is logged. Replace the file by renaming a new one, so that it is never read half
    /// written.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses a file that can't be read.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.server.authentication.tokens.file = Some(path.into());
        self
    }

    /// A header in which callers may present a token, such as `x-api-key`. None by default.
    ///
    /// It holds any of the tokens of [`accept_bearer_token`](Self::accept_bearer_token),
    /// [`accept_token_hash`](Self::accept_token_hash) and [`token_file`](Self::token_file), without a scheme. An unknown one
    /// is answered 401.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses `authorization`, and a text that is no name of a header.
    pub fn api_key_header(mut self, name: impl Into<String>) -> Self {
        self.server.authentication.tokens.api_key_header = Some(name.into());
        self
    }

    /// Accepts client certificates: the caller has the name of the certificate of its connection.
    ///
    /// The name is the URI among the subject's alternative names, such as `spiffe://example.com/billing`. Without one, it is
    /// the DNS name. A certificate with several URIs, or with several DNS names and no URI, is answered 401. For other rules,
    /// an [`Authenticator`] reads the certificate of the request. A token, an API key or another credential of the request
    /// counts before the certificate. The certificate of a trusted proxy that names its users
    /// ([`user_header`](crate::server::TrustedProxy::user_header)) does not count.
    ///
    /// The HTTP server must verify the certificates, and hand them on with
    /// [`read_client_certificate`](crate::server::read_client_certificate).
    #[cfg(feature = "mtls")]
    pub fn accept_client_certificates(mut self) -> Self {
        self.server.authentication.certificates = true;
        self
    }

    /// The proxies whose headers are believed. None by default.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses an address, a network or a header that can't be read, and a second call.
    pub fn trusted_proxy(mut self, proxy: TrustedProxy) -> Self {
        self.server.authentication.proxies.push(proxy);
        self
    }

    /// Accepts the JSON Web Tokens of an issuer, such as an OpenID Connect provider. Several calls add several issuers.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses an issuer without keys, with a short secret or with keys that can't be read, and two
    /// issuers of one name.
    #[cfg(feature = "jwt")]
    pub fn accept_jwt(mut self, issuer: crate::server::JwtIssuer) -> Self {
        self.server.authentication.issuers.push(issuer);
        self
    }

    /// Adds an authenticator of the application's own. It runs after those that were added before, and after the
    /// [bearer tokens](Self::accept_bearer_token).
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        let authenticators = &mut self.server.authentication.authenticators;
        authenticators.push(Box::new(Own(authenticator)));
        self
    }

    /// The time that all authenticators of one request may take together. A request that takes longer is answered 503. 10
    /// seconds by default, and at most a year.
    pub fn authentication_time_limit(mut self, limit: Duration) -> Self {
        // The clock's range is limited.
        let longest = Duration::from_secs(365 * 24 * 60 * 60);
        self.server.authentication.time_limit = Some(limit.min(longest));
        self
    }
}
