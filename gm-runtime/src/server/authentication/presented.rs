//! What a request presents of its caller.

use std::fmt;
use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, SEC_WEBSOCKET_PROTOCOL};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[cfg(feature = "mtls")]
use super::ClientCertificate;
use super::presented_token::PresentedToken;
use crate::protocol::names::TOKEN_SUBPROTOCOL;

/// What a request presents of its caller: its headers, the address of its client, and the certificate of its connection.
///
/// [`Debug`](fmt::Debug) shows the names of the headers, and no values.
pub struct Presented<'a> {
    headers: &'a HeaderMap,
    authorization: Authorization,
    /// The token of the `Authorization` header, or of a browser's handshake.
    token: Option<PresentedToken<'a>>,
    /// Whether there is a token among the subprotocols of the handshake.
    has_handshake_token: bool,
    address: Option<IpAddr>,
    #[cfg(feature = "mtls")]
    certificate: Option<ClientCertificate>,
}

/// How many `Authorization` headers a request has.
#[derive(Clone, Copy)]
enum Authorization {
    Absent,
    One,
    Several,
}

/// The `Authorization` headers of a request, which are looked up and read once, and the bearer token of a single one.
fn authorization(headers: &HeaderMap) -> (Authorization, Option<PresentedToken<'_>>) {
    let mut values = headers.get_all(AUTHORIZATION);
    match (values.next(), values.next()) {
        (None, _) => (Authorization::Absent, None),
        (Some(value), None) => (Authorization::One, PresentedToken::of_header(value.as_bytes())),
        (Some(_), Some(_)) => (Authorization::Several, None),
    }
}

impl<'a> Presented<'a> {
    /// A request with these headers, for tests of an [`Authenticator`](super::Authenticator).
    ///
    /// ```
    /// use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
    /// use gm_runtime::server::Presented;
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer 4711"));
    /// assert_eq!(Presented::new(&headers).bearer_token(), Some("4711"));
    /// ```
    #[must_use]
    pub fn new(headers: &'a HeaderMap) -> Self {
        let (authorization, token) = authorization(headers);
        Self {
            headers,
            authorization,
            token,
            has_handshake_token: false,
            address: None,
            #[cfg(feature = "mtls")]
            certificate: None,
        }
    }

    /// The same request from this address.
    #[must_use]
    pub fn with_client_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    pub(super) fn of(request: &'a HttpRequest, address: Option<IpAddr>) -> Self {
        let (authorization, token) = authorization(request.headers());
        Self {
            headers: request.headers(),
            authorization,
            token,
            has_handshake_token: false,
            address,
            #[cfg(feature = "mtls")]
            certificate: request.conn_data::<ClientCertificate>().cloned(),
        }
    }

    /// Takes the token of a browser's handshake out of the subprotocols that it offers.
    ///
    /// # Errors
    /// For a subprotocol of a token that can't be read, and for two of them.
    pub(super) fn with_handshake_token(mut self) -> Result<Self, &'static str> {
        let offered = self.headers.get_all(SEC_WEBSOCKET_PROTOCOL);
        let offered = offered.flat_map(|names| names.as_bytes().split(|byte| *byte == b','));
        let offered = offered.map(<[u8]>::trim_ascii);
        for token in offered.filter_map(|name| name.strip_prefix(TOKEN_SUBPROTOCOL.as_bytes())) {
            let token = URL_SAFE_NO_PAD.decode(token).ok();
            let token = token.and_then(|token| String::from_utf8(token).ok());
            let token =
                token.filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
            let token = token.ok_or("the token of the subprotocol is no base64url of visible ASCII")?;
            if std::mem::replace(&mut self.has_handshake_token, true) {
                return Err("the subprotocols hold two tokens");
            }
            self.token = Some(PresentedToken::new(token));
        }
        Ok(self)
    }

    /// Whether there is an `Authorization` header, or a token among the subprotocols.
    pub(super) fn has_authorization(&self) -> bool {
        self.has_handshake_token || !matches!(self.authorization, Authorization::Absent)
    }

    /// Whether the request presents two credentials in the places of bearer tokens.
    pub(super) fn has_two_authorizations(&self) -> bool {
        match self.authorization {
            Authorization::Absent => false,
            Authorization::One => self.has_handshake_token,
            Authorization::Several => true,
        }
    }

    /// The headers of the request.
    #[must_use]
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// The value of a header, if the request has it once, and its value is visible ASCII.
    ///
    /// A header that is sent twice has no value here, since two programs could choose differently.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut values = self.headers.get_all(name);
        let value = values.next()?;
        values.next().is_none().then_some(value)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer <token>`. The scheme is case-insensitive (RFC 9110, 11.1).
    ///
    /// A browser sends no such header with a websocket. There it is the token of the subprotocol `gm-token.<base64url>`.
    #[must_use]
    pub fn bearer_token(&self) -> Option<&str> {
        self.token.as_ref().map(PresentedToken::text)
    }

    /// The bearer token with its keyed hash.
    pub(super) fn token(&self) -> Option<&PresentedToken<'a>> {
        self.token.as_ref()
    }

    /// The address of the client. `None` for a connection without addresses, such as one over a Unix socket.
    ///
    /// It is the peer of the connection. If that is a [`TrustedProxy`](super::TrustedProxy), it is the last address in
    /// `X-Forwarded-For` that is not one.
    #[must_use]
    pub fn client_address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The certificate of the client, which TLS has verified. The server must read it with
    /// [`read_client_certificate`](super::read_client_certificate).
    #[cfg(feature = "mtls")]
    #[must_use]
    pub fn client_certificate(&self) -> Option<&ClientCertificate> {
        self.certificate.as_ref()
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().map(|name| name.as_str()).collect();
        f.debug_struct("Presented")
            .field("headers", &names)
            .field("client_address", &self.address)
            .finish_non_exhaustive()
    }
}
