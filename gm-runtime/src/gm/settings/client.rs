//! The builder's methods for requests to other services.

use std::sync::Arc;
use std::time::Duration;

use crate::client::{CredentialProvider, Declared, Timeouts, Transport};
use crate::gm::GmBuilder;

/// Requests to other services.
impl GmBuilder {
    /// The credentials for all services, except those with credentials [of their own](Self::credentials_for). None by default.
    ///
    /// The provider gives a bearer token, which is sent with each request and each subscription. It is renewed before its end,
    /// once for all requests, and after an owner rejected it: see
    /// [`CredentialProvider`]. The cache and the subscriptions stay warm over a renewal for the
    /// same identity. Cached answers are not served after the end of a credential that could not be renewed. Tokens are never
    /// logged.
    ///
    /// A service that receives a token can use it, so give each service its own if they must not act for each other. Of several
    /// calls of this and of [`bearer_token`](Self::bearer_token) the last one counts.
    ///
    /// ```
    /// # use gm_runtime::Gm;
    /// use gm_runtime::client::TokenFile;
    ///
    /// let builder = Gm::builder().credentials(TokenFile::new("/var/run/secrets/projects/token"));
    /// ```
    ///
    /// # Errors
    /// [`build`](Self::build) refuses a provider that is not configured completely.
    pub fn credentials(mut self, provider: impl CredentialProvider) -> Self {
        self.client.credentials = Some(Declared::provider(provider));
        self
    }

    /// The credentials for one service, which replace [`credentials`](Self::credentials) there.
    ///
    /// `declared` is the `base_url` in `#[remote_manager(..)]`, also if [`base_url`](Self::base_url) gives the service another
    /// address.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses an invalid URL, a provider that is not configured completely, and two credentials for one
    /// service.
    pub fn credentials_for(mut self, declared: impl Into<String>, provider: impl CredentialProvider) -> Self {
        let provider = Declared::provider(provider);
        self.client
            .credentials_by_service
            .push((declared.into(), provider));
        self
    }

    /// The [`credentials`](Self::credentials) that are always this bearer token.
    ///
    /// It costs less than a provider, and is never renewed.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses a token that is not valid in a header.
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.client.credentials = Some(Declared::Token(token.into()));
        self
    }

    /// The [`credentials_for`](Self::credentials_for) one service that are always this bearer token.
    ///
    /// ```
    /// # use gm_runtime::Gm;
    /// let builder = Gm::builder()
    ///     .bearer_token_for("https://projects.example.com", "secret-of-projects")
    ///     .bearer_token_for("https://rooms.example.com", "secret-of-rooms");
    /// ```
    ///
    /// # Errors
    /// [`build`](Self::build) refuses an invalid URL, a token that is not valid in a header, and two credentials for one service.
    pub fn bearer_token_for(mut self, declared: impl Into<String>, token: impl Into<String>) -> Self {
        let token = Declared::Token(token.into());
        self.client.credentials_by_service.push((declared.into(), token));
        self
    }

    /// The time limit of one call of a [`CredentialProvider`]. 10 s by default, and not zero.
    ///
    /// Requests that wait for the call fail then, unless the last credential is still valid.
    pub fn credential_time_limit(mut self, limit: Duration) -> Self {
        self.client.credential_time_limit = limit;
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
    ///
    /// It also limits the rows of a caller's query that are judged in memory, in own storage and behind a gateway, if a rule
    /// depends on the row.
    pub fn max_rows(mut self, rows: u64) -> Self {
        self.client.max_rows = rows;
        self
    }

    /// The most retries of a request. 2 by default, and 0 turns retries off.
    ///
    /// A read is retried if there was no connection, if the connection closed before the response was complete (once), if the
    /// runtime of the request ended, and on 503 and 429. The client waits for the time of `Retry-After`, and does not retry if
    /// that is more than 5 s. A write is retried only if there was no connection, and on 429, since then it certainly had no
    /// effect. A write with an [idempotency key](Self::idempotent_writes) is retried like a read, since its owner carries it out once. It
    /// is also retried if no response came in time, on 408 and on all statuses from 500, and while the owner still carries out an
    /// earlier attempt.
    pub fn retries(mut self, retries: usize) -> Self {
        self.client.retries = retries;
        self
    }

    /// Whether each write to another service gets an idempotency key, if its owner announces the extension. True by default.
    ///
    /// The owner carries a write with a key out once, however often it is sent. So the client [retries](Self::retries) it if the answer
    /// was lost, and the caller gets the answer of the first attempt. A small query finds out what the owner announces if there was no
    /// reply of the owner before. An owner that does not announce the extension gets writes without a key.
    ///
    /// The key is a UUID of version 7 for each verb: the time and 74 random bits.
    /// [`WriteFuture::idempotency_key`](crate::verbs::WriteFuture::idempotency_key) gives another one.
    pub fn idempotent_writes(mut self, idempotent: bool) -> Self {
        self.client.idempotent_writes = idempotent;
        self
    }

    /// Whether structs are compared with the schemas of their owners. True by default.
    ///
    /// An owner of this framework announces the hash of a resource's schema in each reply. After its first reply, and when the hash
    /// changes, one request reads the schema, which is compared with the struct. What breaks each read is
    /// [`Error::SchemaMismatch`](crate::Error::SchemaMismatch) for reads, what breaks a write is that error for the write, before
    /// anything is sent, and what breaks only some rows is a warning in the log. Everything else is logged at level debug.
    ///
    /// The first reply waits for the schema, for at most 2 s. A schema that can't be read, or not in time, changes nothing, and is tried
    /// again after a minute. Owners without schemas get no such request.
    pub fn check_schemas(mut self, check: bool) -> Self {
        self.client.check_schemas = check;
        self
    }
}
