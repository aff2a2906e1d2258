//! HTTP requests and responses, as plain data.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::error::Method;
use crate::protocol::features::Features;
use crate::protocol::names::{FEATURES_HEADER, REPLAYED_HEADER, SCHEMA_HEADER};
use crate::protocol::schema_hash::SchemaHash;

/// A request to an owner, or to the token endpoint of [`ClientCredentials`](crate::client::ClientCredentials). Cheap to clone.
#[derive(Clone)]
pub struct HttpRequest {
    parts: Arc<Parts>,
}

pub(crate) struct Parts {
    pub(crate) method: Method,
    pub(crate) url: String,
    /// The names are in lower case.
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
    pub(crate) body: Option<Bytes>,
}

impl HttpRequest {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.parts.method
    }

    /// The same request with another value of this header, which is added if it is missing.
    pub(crate) fn with_header(&self, name: &'static str, value: &str) -> Self {
        let parts = &self.parts;
        let mut headers = parts.headers.clone();
        headers.retain(|(known, _)| *known != name);
        headers.push((name, Cow::Owned(value.to_owned())));
        Self::new(Parts {
            method: parts.method,
            url: parts.url.clone(),
            headers,
            body: parts.body.clone(),
        })
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The whole URL, of scheme http or https.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.parts.url
    }

    /// The headers, their names in lower case. `host` and `content-length` are the transport's to add.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_ref()))
    }

    /// The body: JSON to an owner, a form to a token endpoint. `None` for a request without a body.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.parts.body.as_ref()
    }
}

/// Shows neither header values nor the body, so that a request can be logged.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers().map(|(name, _)| name).collect();
        f.debug_struct("HttpRequest")
            .field("method", &self.method())
            .field("url", &self.url())
            .field("headers", &names)
            .field("body_len", &self.body().map_or(0, Bytes::len))
            .finish_non_exhaustive()
    }
}

/// A response of an owner.
#[derive(Clone)]
pub struct HttpResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    extensions: ExtensionHeaders,
}

/// The headers of a response that are about extensions of the protocol.
#[derive(Clone, Copy, Default)]
pub(super) struct ExtensionHeaders {
    /// The extensions that the owner announces. `None` without the header.
    pub(super) features: Option<Features>,
    /// The hash of the resource's schema.
    pub(super) schema: Option<SchemaHash>,
    /// Whether it is the answer of an earlier request with the same idempotency key.
    pub(super) is_replayed: bool,
}

impl HttpResponse {
    /// A response with this status, these headers and this body.
    #[must_use]
    pub fn new(
        status: u16,
        headers: impl IntoIterator<Item = (String, String)>,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut response = Self {
            status,
            headers: headers.into_iter().collect(),
            body: body.into(),
            extensions: ExtensionHeaders::default(),
        };
        response.extensions = ExtensionHeaders {
            features: response.header(FEATURES_HEADER).map(Features::read),
            schema: response.header(SCHEMA_HEADER).and_then(SchemaHash::read),
            is_replayed: response.header(REPLAYED_HEADER).is_some(),
        };
        response
    }

    /// A success, of whose headers only these are read, so that no text is allocated for them.
    pub(super) fn success(status: u16, extensions: ExtensionHeaders, body: Bytes) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
            extensions,
        }
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first header with this name. The case of the name does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The extensions that the owner announces. `None` without the header.
    pub(crate) fn features(&self) -> Option<Features> {
        self.extensions.features
    }

    /// The hash of the resource's schema, from an owner that announces schemas.
    pub(crate) fn schema(&self) -> Option<SchemaHash> {
        let announced = self.features().unwrap_or_default();
        self.extensions
            .schema
            .filter(|_| announced.contains(Features::SCHEMA))
    }

    /// Whether it is the answer of an earlier request with the same idempotency key.
    pub(crate) fn is_replayed(&self) -> bool {
        self.extensions.is_replayed
    }

    pub(crate) fn into_body(self) -> Bytes {
        self.body
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// `Retry-After` in seconds. The wire contract does not use the form with a date.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// Shows neither headers nor the body, so that a response can be logged.
impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
