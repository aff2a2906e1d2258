//! What a request presents of its caller.

use std::fmt;
use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[cfg(feature = "mtls")]
use super::ClientCertificate;
use crate::protocol::names::TOKEN_SUBPROTOCOL;

/// What a request presents of its caller: its headers, the address of its client, and the certificate of its connection.
///
/// [`Debug`](fmt::Debug) shows the names of the headers, and no values.
pub struct Presented<'a> {
    headers: &'a HeaderMap,
    authorization: Authorization<'a>,
    address: Option<IpAddr>,
    /// The token of a browser's websocket.
    handshake_token: Option<String>,
    #[cfg(feature = "mtls")]
    certificate: Option<ClientCertificate>,
}

/// The `Authorization` headers of a request, which is looked up once.
#[derive(Clone, Copy)]
enum Authorization<'a> {
    Absent,
    One(&'a HeaderValue),
    Several,
}

impl<'a> Authorization<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let mut values = headers.get_all(AUTHORIZATION);
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => Self::One(value),
            (Some(_), Some(_)) => Self::Several,
        }
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
        Self {
            headers,
            authorization: Authorization::of(headers),
            address: None,
            handshake_token: None,
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
        Self {
            headers: request.headers(),
            authorization: Authorization::of(request.headers()),
            address,
            handshake_token: None,
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
            if self.handshake_token.replace(token).is_some() {
                return Err("the subprotocols hold two tokens");
            }
        }
        Ok(self)
    }

    /// Whether there is an `Authorization` header, or a token among the subprotocols.
    pub(super) fn has_authorization(&self) -> bool {
        self.handshake_token.is_some() || !matches!(self.authorization, Authorization::Absent)
    }

    /// Whether the request presents two credentials in the places of bearer tokens.
    pub(super) fn has_two_authorizations(&self) -> bool {
        match self.authorization {
            Authorization::Absent => false,
            Authorization::One(_) => self.handshake_token.is_some(),
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
        const SCHEME: &str = "bearer ";
        if let Some(token) = &self.handshake_token {
            return Some(token);
        }
        let Authorization::One(value) = self.authorization else {
            return None;
        };
        let (scheme, token) = value.to_str().ok()?.split_at_checked(SCHEME.len())?;
        scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim_ascii())
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
