//! What the builder is told of the client.

use std::sync::Arc;
use std::time::Duration;

use super::cache::CacheSettings;
use super::{BaseUrl, Credentials, CredentialsByService, Transport};
use crate::GmBuilder;
use crate::error::Error;

/// How long the phases of a request may take. Each has a default; none may be zero.
///
/// ```
/// use std::time::Duration;
/// use gm_runtime::{Gm, client::Timeouts};
///
/// let builder = Gm::builder().timeouts(Timeouts::new().connect(Duration::from_secs(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
    pub(crate) body: Duration,
    pub(crate) request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::new()
    }
}

impl Timeouts {
    /// The defaults: 5 s to connect, 30 s for the head of an answer, 30 s for its body, 60 s for the whole.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            connect: Duration::from_secs(5),
            response: Duration::from_secs(30),
            body: Duration::from_secs(30),
            request: Duration::from_secs(60),
        }
    }

    /// How long the name look-up and the connection may take, and again the TLS handshake.
    #[must_use]
    pub const fn connect(mut self, connect: Duration) -> Self {
        self.connect = connect;
        self
    }

    /// How long it may take from the call until the head of the answer is there.
    #[must_use]
    pub const fn response(mut self, response: Duration) -> Self {
        self.response = response;
        self
    }

    /// How long the body of the answer may take.
    #[must_use]
    pub const fn body(mut self, body: Duration) -> Self {
        self.body = body;
        self
    }

    /// How long a request may take in all. Each try of a read that is sent again has this time.
    #[must_use]
    pub const fn request(mut self, request: Duration) -> Self {
        self.request = request;
        self
    }

    fn check(&self) -> Result<(), Error> {
        let times = [
            ("connect", self.connect),
            ("response", self.response),
            ("body", self.body),
            ("request", self.request),
        ];
        match times.iter().find(|(_, time)| time.is_zero()) {
            Some((name, _)) => Err(Error::Configuration(format!(
                "the time-out `{name}` is zero, so that no request could succeed; leave it out for the default"
            ))),
            None => Ok(()),
        }
    }
}

/// What the builder was told of the client.
pub(crate) struct ClientSettings {
    pub(super) bearer_token: Option<String>,
    pub(super) own_tokens: Vec<(String, String)>,
    pub(super) base_urls: Vec<(String, String)>,
    pub(super) transport: Option<Arc<dyn Transport>>,
    pub(super) tls: Option<rustls::ClientConfig>,
    pub(super) timeouts: Timeouts,
    pub(super) max_reply_size: usize,
    pub(super) max_connections: usize,
    pub(super) max_rows: u64,
    pub(super) retries: usize,
    pub(crate) cache: CacheSettings,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            bearer_token: None,
            own_tokens: Vec::new(),
            base_urls: Vec::new(),
            transport: None,
            tls: None,
            timeouts: Timeouts::new(),
            max_reply_size: 16 * 1024 * 1024,
            max_connections: 100,
            max_rows: 1_000_000,
            retries: 2,
            cache: CacheSettings::default(),
        }
    }
}

impl ClientSettings {
    pub(super) fn credentials_by_service(&self) -> Result<CredentialsByService, Error> {
        let mut own: Vec<(BaseUrl, Credentials)> = Vec::new();
        for (service, token) in &self.own_tokens {
            let (service, token) = (BaseUrl::parse(service)?, Credentials::bearer(token)?);
            if own
                .iter()
                .any(|(known, other)| *known == service && *other != token)
            {
                return Err(Error::Configuration(format!(
                    "`bearer_token_for` is called twice for `{}`, with different tokens",
                    service.as_str()
                )));
            }
            own.push((service, token));
        }
        Ok(CredentialsByService {
            general: self
                .bearer_token
                .as_deref()
                .map(Credentials::bearer)
                .transpose()?,
            own,
        })
    }

    pub(super) fn base_urls(&self) -> Result<Vec<(BaseUrl, BaseUrl)>, Error> {
        let mut known: Vec<(BaseUrl, BaseUrl)> = Vec::new();
        for (declared, actual) in &self.base_urls {
            let (declared, actual) = (BaseUrl::parse(declared)?, BaseUrl::parse(actual)?);
            if known
                .iter()
                .any(|(known, other)| *known == declared && *other != actual)
            {
                return Err(Error::Configuration(format!(
                    "`base_url` is called twice for `{}`, with different addresses",
                    declared.as_str()
                )));
            }
            known.push((declared, actual));
        }
        Ok(known)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        self.timeouts.check()?;
        let bounds = [
            ("max_reply_size", self.max_reply_size == 0),
            ("max_connections", self.max_connections == 0),
            ("max_rows", self.max_rows == 0),
        ];
        match bounds.iter().find(|(_, zero)| *zero) {
            Some((name, _)) => Err(Error::Configuration(format!(
                "`{name}` is zero, so that nothing could be read; leave it out for the default"
            ))),
            None => Ok(()),
        }
    }
}

/// Settings of the consumer's side.
impl GmBuilder {
    /// The bearer token that is sent with every request and every subscription: to every service that the handle's
    /// managers name and that has none [of its own](Self::bearer_token_for). Who may see a token may use it: where
    /// services must not act for each other, give each its own.
    ///
    /// Never logged. [`build`](Self::build) refuses a token that can't stand in a header.
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.client_settings().bearer_token = Some(token.into());
        self
    }

    /// The bearer token for one service, and for no other: wherever `#[remote_manager(base_url = ..)]` says `declared`,
    /// this is sent in place of the general one. (Where the service really is, [`base_url`](Self::base_url) says apart
    /// from it.)
    ///
    /// ```
    /// # use gm_runtime::Gm;
    /// let builder = Gm::builder()
    ///     .bearer_token_for("https://projects.example.com", "secret-of-projects")
    ///     .bearer_token_for("https://rooms.example.com", "secret-of-rooms");
    /// ```
    ///
    /// Never logged. [`build`](Self::build) refuses a URL that is none, a token that can't stand in a header, and two
    /// tokens for one service.
    pub fn bearer_token_for(mut self, declared: impl Into<String>, token: impl Into<String>) -> Self {
        self.client_settings()
            .own_tokens
            .push((declared.into(), token.into()));
        self
    }

    /// Says where a declared service really is: wherever `#[remote_manager(base_url = ..)]` says `declared`, requests
    /// go to `actual`, which may have a path in front of the declared `base_path`.
    ///
    /// [`build`](Self::build) refuses a URL that is not http or https, or has credentials, a query or a fragment.
    pub fn base_url(mut self, declared: impl Into<String>, actual: impl Into<String>) -> Self {
        self.client_settings()
            .base_urls
            .push((declared.into(), actual.into()));
        self
    }

    /// Carries requests in another way than the default one; see [`Transport`](crate::client::Transport). Of the default
    /// one's settings [`Timeouts::request`] bounds each request all the same; the others, `max_connections` and `tls` bind
    /// nothing then.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.client_settings().transport = Some(Arc::new(transport));
        self
    }

    /// How owners prove who they are, in place of the roots that the system trusts: other roots, a client
    /// certificate. (`rustls` 0.23; what it says of ALPN is replaced by `http/1.1`.)
    pub fn tls(mut self, config: rustls::ClientConfig) -> Self {
        self.client_settings().tls = Some(config);
        self
    }

    /// How long the phases of a request may take.
    pub fn timeouts(mut self, timeouts: crate::client::Timeouts) -> Self {
        self.client_settings().timeouts = timeouts;
        self
    }

    /// The most bytes that an answer's body may have; 16 MiB by default.
    pub fn max_reply_size(mut self, bytes: usize) -> Self {
        self.client_settings().max_reply_size = bytes;
        self
    }

    /// How many requests to one owner may be under way at once; 100 by default. Others wait for their turn, and for no
    /// longer than [`Timeouts::response`]. Readers who want the same meanwhile share one request.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.client_settings().max_connections = connections;
        self
    }

    /// The most rows that `all` reads from another service; 1,000,000 by default. A query that matches more is an
    /// error, for which `stream` is the remedy.
    pub fn max_rows(mut self, rows: u64) -> Self {
        self.client_settings().max_rows = rows;
        self
    }

    /// How often a request is sent again, at most; 2 by default, and 0 turns it off.
    ///
    /// Reads are sent again where there was no connection, where it was closed before the answer was complete (once), where
    /// the runtime that carried them ended, and on 503 and 429, after the time that the owner names where that is 5 s or less.
    /// Writes are sent again only where there was no connection, so that they certainly did nothing.
    pub fn retries(mut self, retries: usize) -> Self {
        self.client_settings().retries = retries;
        self
    }
}
