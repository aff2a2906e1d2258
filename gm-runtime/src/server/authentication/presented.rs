//! What a request presents of its caller.

use std::fmt;
use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};

/// What a request presents of its caller: its headers, and the address of its peer.
///
/// [`Debug`](fmt::Debug) shows the names of the headers, and no values.
pub struct Presented<'a> {
    headers: &'a HeaderMap,
    peer_address: Option<IpAddr>,
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
            peer_address: None,
        }
    }

    /// The same request from this address.
    #[must_use]
    pub fn with_peer_address(mut self, address: IpAddr) -> Self {
        self.peer_address = Some(address);
        self
    }

    pub(super) fn of(request: &'a HttpRequest) -> Self {
        Self {
            headers: request.headers(),
            peer_address: request.peer_addr().map(|address| address.ip()),
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
    #[must_use]
    pub fn bearer_token(&self) -> Option<&'a str> {
        const SCHEME: &str = "bearer ";
        let (scheme, token) = self
            .header(AUTHORIZATION.as_str())?
            .split_at_checked(SCHEME.len())?;
        scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim_ascii())
    }

    /// The address of the peer. `None` for a connection without addresses, such as one over a Unix socket.
    #[must_use]
    pub fn peer_address(&self) -> Option<IpAddr> {
        self.peer_address
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().map(|name| name.as_str()).collect();
        f.debug_struct("Presented")
            .field("headers", &names)
            .field("peer_address", &self.peer_address)
            .finish_non_exhaustive()
    }
}
