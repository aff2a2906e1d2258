//! The settings of authentication: the callers that the owner's side accepts.

use std::time::Duration;

use crate::access::Principal;
use crate::gm::GmBuilder;
use crate::server::{Authenticator, Own};

/// The callers that the owner's side accepts.
///
/// A request without credentials is anonymous. Wrong credentials are answered 401, and a websocket with them is closed
/// with 4401.
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
        let tokens = &mut self.server.authentication.tokens;
        tokens.push((token.into(), principal.into()));
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

    /// Adds an authenticator of the application's own. It is asked after those that were added before, and after the
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
