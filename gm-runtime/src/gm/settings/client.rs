//! The builder's methods for requests to other services.

use std::sync::Arc;

use crate::client::{Timeouts, Transport};
use crate::gm::GmBuilder;

/// Requests to other services.
impl GmBuilder {
    /// The bearer token for all services, except those with a token [of their own](Self::bearer_token_for).
    ///
    /// It is sent with each request and each subscription. A service that receives a token can use it, so give each service its
    /// own if they must not act for each other. The token is never logged.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses a token that is not valid in a header.
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.client.bearer_token = Some(token.into());
        self
    }

    /// The bearer token for one service, which replaces [`bearer_token`](Self::bearer_token) there.
    ///
    /// `declared` is the `base_url` in `#[remote_manager(..)]`, also if [`base_url`](Self::base_url) gives the service another
    /// address. The token is never logged.
    ///
    /// ```
    /// # use gm_runtime::Gm;
    /// let builder = Gm::builder()
    ///     .bearer_token_for("https://projects.example.com", "secret-of-projects")
    ///     .bearer_token_for("https://rooms.example.com", "secret-of-rooms");
    /// ```
    ///
    /// # Errors
    /// [`build`](Self::build) refuses an invalid URL, a token that is not valid in a header, and two tokens for one service.
    pub fn bearer_token_for(mut self, declared: impl Into<String>, token: impl Into<String>) -> Self {
        self.client
            .tokens_by_service
            .push((declared.into(), token.into()));
        self
    }

    /// The actual base URL of a service, which replaces the declared one.
    ///
    /// `declared` is the `base_url` in `#[remote_manager(..)]`. `actual` may have a path, which precedes the `base_path`.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses a URL that is not http or https, or that has credentials, a query or a fragment.
    pub fn base_url(mut self, declared: impl Into<String>, actual: impl Into<String>) -> Self {
        self.client.base_urls.push((declared.into(), actual.into()));
        self
    }

    /// A [`Transport`](crate::client::Transport) that replaces the default one.
    ///
    /// [`Timeouts::request`] and `max_received_bytes` also limit its requests. The other timeouts, `max_connections` and `tls` have no
    /// effect then.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.client.transport = Some(Arc::new(transport));
        self
    }

    /// The TLS configuration, for example with other root certificates or a client certificate.
    ///
    /// By default the client trusts the root certificates of the system. The configuration is that of `rustls` 0.23. Its ALPN
    /// protocols are replaced by `http/1.1`.
    pub fn tls(mut self, config: rustls::ClientConfig) -> Self {
        self.client.tls = Some(config);
        self
    }

    /// The timeouts of each request.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.client.timeouts = timeouts;
        self
    }

    /// The most bytes of the body of a response from another service. 16 MiB by default.
    pub fn max_received_bytes(mut self, bytes: usize) -> Self {
        self.client.max_received_bytes = bytes;
        self
    }

    /// The most connections to one owner, and so the most concurrent requests. 100 by default.
    ///
    /// Further requests wait for a connection, for at most [`Timeouts::response`]. Readers of the same query share one request
    /// meanwhile.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.client.max_connections = connections;
        self
    }

    /// The most rows that `all` reads from another service. 1,000,000 by default.
    ///
    /// A query with more rows is an error. `stream` has no such limit.
    pub fn max_rows(mut self, rows: u64) -> Self {
        self.client.max_rows = rows;
        self
    }

    /// The most retries of a request. 2 by default, and 0 turns retries off.
    ///
    /// A read is retried if there was no connection, if the connection closed before the response was complete (once), if the
    /// runtime of the request ended, and on 503 and 429. The client waits for the time of `Retry-After`, and does not retry if
    /// that is more than 5 s. A write is retried only if there was no connection, since then it certainly had no effect.
    pub fn retries(mut self, retries: usize) -> Self {
        self.client.retries = retries;
        self
    }
}
