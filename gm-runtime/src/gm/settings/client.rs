//! Settings of the consumer's side.

use std::sync::Arc;

use crate::client::{Timeouts, Transport};
use crate::gm::GmBuilder;

/// Settings of the consumer's side.
impl GmBuilder {
    /// The bearer token that is sent with every request and every subscription: to every service that the handle's
    /// managers name and that has none [of its own](Self::bearer_token_for). Who may see a token may use it: where
    /// services must not act for each other, give each its own.
    ///
    /// Never logged. [`build`](Self::build) refuses a token that can't stand in a header.
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.client.bearer_token = Some(token.into());
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
        self.client
            .tokens_by_service
            .push((declared.into(), token.into()));
        self
    }

    /// Says where a declared service really is: wherever `#[remote_manager(base_url = ..)]` says `declared`, requests
    /// go to `actual`, which may have a path in front of the declared `base_path`.
    ///
    /// [`build`](Self::build) refuses a URL that is not http or https, or has credentials, a query or a fragment.
    pub fn base_url(mut self, declared: impl Into<String>, actual: impl Into<String>) -> Self {
        self.client.base_urls.push((declared.into(), actual.into()));
        self
    }

    /// Carries requests in another way than the default one; see [`Transport`](crate::client::Transport). Of the default
    /// one's settings [`Timeouts::request`] bounds each request all the same; the others, `max_connections` and `tls` bind
    /// nothing then.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.client.transport = Some(Arc::new(transport));
        self
    }

    /// How owners prove who they are, in place of the roots that the system trusts: other roots, a client
    /// certificate. (`rustls` 0.23; what it says of ALPN is replaced by `http/1.1`.)
    pub fn tls(mut self, config: rustls::ClientConfig) -> Self {
        self.client.tls = Some(config);
        self
    }

    /// How long the phases of a request may take.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.client.timeouts = timeouts;
        self
    }

    /// The most bytes that an answer's body may have; 16 MiB by default.
    pub fn max_reply_size(mut self, bytes: usize) -> Self {
        self.client.max_reply_size = bytes;
        self
    }

    /// How many requests to one owner may be under way at once; 100 by default. Others wait for their turn, and for no
    /// longer than [`Timeouts::response`]. Readers who want the same meanwhile share one request.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.client.max_connections = connections;
        self
    }

    /// The most rows that `all` reads from another service; 1,000,000 by default. A query that matches more is an
    /// error, for which `stream` is the remedy.
    pub fn max_rows(mut self, rows: u64) -> Self {
        self.client.max_rows = rows;
        self
    }

    /// How often a request is sent again, at most; 2 by default, and 0 turns it off.
    ///
    /// Reads are sent again where there was no connection, where it was closed before the answer was complete (once), where
    /// the runtime that carried them ended, and on 503 and 429, after the time that the owner names where that is 5 s or less.
    /// Writes are sent again only where there was no connection, so that they certainly did nothing.
    pub fn retries(mut self, retries: usize) -> Self {
        self.client.retries = retries;
        self
    }
}
