//! OAuth 2 client credentials (RFC 6749, 4.4).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value as Json;
use url::{Url, form_urlencoded};

use super::credential::Credential;
use super::provider::{CredentialProvider, CredentialRequest};
use crate::client::loopback::is_loopback;
use crate::client::retry::{self, Repeats};
use crate::client::transport::{HttpRequest, HttpResponse, Parts};
use crate::error::{CredentialError, Method};

/// The most bytes of a response.
const MAX_RESPONSE: usize = 64 * 1024;
/// The most retries of a request to the token endpoint.
const RETRIES: usize = 2;
/// The error codes of RFC 6749, 5.2. A response may echo what it received, so no other text of it is shown.
const CODES: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// How the client authenticates to the token endpoint (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// The id and the secret are in the header `Authorization` (`client_secret_basic`). Every endpoint supports it.
    #[default]
    Basic,
    /// The id and the secret are in the body (`client_secret_post`).
    Body,
}

/// Tokens of an OAuth 2 authorization server, by client credentials (RFC 6749, 4.4).
///
/// Requests go through the handle's [`Transport`](crate::client::Transport), with its TLS configuration and its timeouts.
/// All tokens stand for one identity: the client with its scope. `Debug` does not show the secret.
///
/// # The end of a token
/// The member `expires_in`, in seconds from the moment of the request. Without it, the claim `exp` of a JSON Web Token. A
/// token without either is used until an owner rejects it.
///
/// # Limits
/// A response has at most 64 KiB. A request is retried twice, as a read is, within
/// [`credential_time_limit`](crate::GmBuilder::credential_time_limit). Redirects are not followed.
///
/// # Errors
/// [`CredentialError::Refused`] for a status other than 200, [`CredentialError::Malformed`] for another response than that of
/// RFC 6749, 5.1, and [`CredentialError::Transport`] without a response.
///
/// # Example
/// ```
/// use gm_runtime::Gm;
/// use gm_runtime::client::ClientCredentials;
///
/// # let secret = String::new();
/// let builder = Gm::builder().credentials(
///     ClientCredentials::new("https://login.example.com/oauth2/token", "billing", secret).scope("projects.read"),
/// );
/// ```
#[derive(Clone)]
pub struct ClientCredentials {
    token_url: String,
    client_id: String,
    client_secret: String,
    authentication: ClientAuthentication,
    parameters: Vec<(String, String)>,
    allows_plain_http: bool,
}

impl ClientCredentials {
    /// The tokens of this token endpoint for this client.
    #[must_use]
    pub fn new(
        token_url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Self {
        Self {
            token_url: token_url.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            authentication: ClientAuthentication::Basic,
            parameters: Vec::new(),
            allows_plain_http: false,
        }
    }

    /// Sets how the client authenticates. [`ClientAuthentication::Basic`] by default.
    #[must_use]
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Sets the requested scope, several of which are separated by spaces (RFC 6749, 3.3).
    #[must_use]
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.parameter("scope", scope)
    }

    /// Adds a parameter of the request, such as `audience` or `resource` (RFC 8707).
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Allows a token endpoint without TLS on another machine, for example behind a service mesh. RFC 6749, 3.2, forbids it,
    /// since the secret can be read on the way. It is always allowed on this machine.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.allows_plain_http = true;
        self
    }

    fn request(&self) -> HttpRequest {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        form.extend_pairs(&self.parameters);
        let mut headers = vec![
            ("accept", Cow::Borrowed("application/json")),
            ("content-type", Cow::Borrowed("application/x-www-form-urlencoded")),
            (
                "user-agent",
                Cow::Borrowed(concat!("gm-runtime/", env!("CARGO_PKG_VERSION"))),
            ),
        ];
        match self.authentication {
            ClientAuthentication::Basic => {
                // Both are encoded as in a form, so that a colon in the id is none here.
                let encode =
                    |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = [encode(&self.client_id), encode(&self.client_secret)].join(":");
                let value = format!("Basic {}", STANDARD.encode(pair));
                headers.push(("authorization", Cow::Owned(value)));
            }
            ClientAuthentication::Body => {
                form.append_pair("client_id", &self.client_id);
                form.append_pair("client_secret", &self.client_secret);
            }
        }
        HttpRequest::new(Parts {
            method: Method::Post,
            url: self.token_url.clone(),
            headers,
            body: Some(Bytes::from(form.finish())),
        })
    }

    /// The identity of all tokens.
    fn identity(&self) -> String {
        format!("{:?}", (&self.token_url, &self.client_id, &self.parameters))
    }
}

impl CredentialProvider for ClientCredentials {
    async fn credential(&self, request: &CredentialRequest) -> Result<Credential, CredentialError> {
        let transport = request.transport(MAX_RESPONSE);
        // A second token has no effect, so the request is retried as a read is.
        let outcome = retry::send(&*transport, &self.request(), Repeats::Read, RETRIES, None).await;
        let response = outcome
            .response
            .map_err(|error| CredentialError::Transport(Arc::new(error)))?;
        // The application's own transport may have no limit.
        if response.body().len() > MAX_RESPONSE {
            return Err(CredentialError::Malformed("has more than 64 KiB"));
        }
        Ok(granted(&response)?.of(self.identity()))
    }

    fn check(&self) -> Result<(), String> {
        let refused = |why: &str| Err(format!("the token endpoint of `ClientCredentials` {why}"));
        let Ok(url) = Url::parse(&self.token_url) else {
            return refused("is not a URL; expected one like `https://login.example.com/oauth2/token`");
        };
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return refused("has credentials or a fragment; the id and the secret are arguments of `new`");
        }
        match url.scheme() {
            "https" => {}
            "http" if self.allows_plain_http || is_loopback(&url) => {}
            "http" => {
                return refused(
                    "has no TLS, so the secret could be read on the way; use https, or `allow_plain_http()` if something \
                     else encrypts the connection",
                );
            }
            _ => return refused("is neither http nor https"),
        }
        if self.client_id.is_empty() {
            return Err("the client id of `ClientCredentials` is empty".to_owned());
        }
        Ok(())
    }
}

/// The token of a response (RFC 6749, 5.1).
fn granted(response: &HttpResponse) -> Result<Credential, CredentialError> {
    let body = serde_json::from_slice::<Json>(response.body()).unwrap_or_default();
    if response.status() != 200 {
        let code = body.get("error").and_then(Json::as_str);
        return Err(CredentialError::Refused {
            status: response.status(),
            code: code.and_then(|code| CODES.into_iter().find(|known| *known == code)),
        });
    }
    let Some(token) = body.get("access_token").and_then(Json::as_str) else {
        return Err(CredentialError::Malformed(
            "is no JSON object with an `access_token`",
        ));
    };
    let kind = body.get("token_type").and_then(Json::as_str).unwrap_or_default();
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err(CredentialError::Malformed(
            "has another `token_type` than `Bearer`",
        ));
    }
    // Some servers give the number as text.
    let life = match body.get("expires_in") {
        None | Some(Json::Null) => None,
        Some(Json::String(text)) => Some(text.parse().ok()),
        Some(number) => Some(number.as_f64()),
    };
    let life = match life {
        None => None,
        Some(seconds) => match seconds.map(Duration::try_from_secs_f64) {
            Some(Ok(life)) => Some(life),
            _ => {
                return Err(CredentialError::Malformed(
                    "has an `expires_in` that is no number of seconds",
                ));
            }
        },
    };
    Ok(Credential::bearer(token).lasting_by_default(life))
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
