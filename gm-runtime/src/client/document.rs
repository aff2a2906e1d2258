//! A small document of another server, such as the keys of an identity provider.

use std::borrow::Cow;
use std::error::Error as _;
use std::iter::successors;
use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use super::loopback::is_loopback;
use super::transport::{HttpRequest, Parts, Transport};
use super::transports::Transports;
use crate::error::{Error, Method, TransportError, TransportErrorKind};
use crate::interface::BoxFuture;

/// The most bytes of a document.
const MAX_BYTES: usize = 256 * 1024;

/// A document that is read with the client's transport, without credentials.
pub(crate) struct Document {
    url: String,
    name: String,
    transport: Arc<dyn Transport>,
}

impl Document {
    pub(super) fn new(text: &str, transports: &Transports) -> Result<Self, Error> {
        let refused = |why: &str| {
            // A part before `@` may be a password.
            let shown = text.rsplit('@').next().unwrap_or_default();
            Error::Configuration(format!("the URL `{shown}` {why}"))
        };
        let url = Url::parse(text).map_err(|error| refused(&format!("is not a URL: {error}")))?;
        let is_safe = match url.scheme() {
            "https" => true,
            "http" => is_loopback(&url),
            _ => false,
        };
        if !is_safe {
            return Err(refused(
                "must be https: without TLS, the document can be replaced on its way; http is allowed to a loopback address",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(refused("has credentials or a fragment"));
        }
        let mut shown = url.clone();
        shown.set_query(None);
        Ok(Self {
            name: shown.into(),
            url: url.into(),
            transport: transports.for_document(MAX_BYTES),
        })
    }

    /// The URL without its query, which may be a password.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Reads the document.
    ///
    /// # Errors
    /// Why it can't be read. The text holds nothing of the response.
    pub(crate) fn read(&self) -> BoxFuture<'static, Result<Bytes, String>> {
        let request = HttpRequest::new(Parts {
            method: Method::Get,
            url: self.url.clone(),
            headers: vec![
                ("accept", Cow::Borrowed("application/json")),
                (
                    "user-agent",
                    Cow::Borrowed(concat!("gm-runtime/", env!("CARGO_PKG_VERSION"))),
                ),
            ],
            body: None,
        });
        let response = self.transport.send(request);
        let (url, name) = (self.url.clone(), self.name.clone());
        Box::pin(async move {
            // The errors of an application's own transport may have the whole URL.
            let reason = |error| reason(&error).replace(&url, &name);
            let response = response.await.map_err(reason)?;
            if response.status() != 200 {
                return Err(format!(
                    "the server answered with the status {}",
                    response.status()
                ));
            }
            let body = response.into_body();
            // An application's own transport may have no limit.
            if body.len() > MAX_BYTES {
                return Err("the document is longer than 256 KiB".to_owned());
            }
            Ok(body)
        })
    }
}

/// Why there is no response. The words of the error itself are for the client of an owner.
fn reason(error: &TransportError) -> String {
    let reason = match error.kind() {
        TransportErrorKind::Connect => "no connection",
        TransportErrorKind::Tls => {
            "no TLS, since the server's certificate must be for this host, from a trusted authority (see `GmBuilder::tls`)"
        }
        TransportErrorKind::Timeout(_) => "the server did not answer in time",
        TransportErrorKind::Malformed => "the response is not valid HTTP",
        TransportErrorKind::ResponseTooLarge { .. } => "the document is longer than 256 KiB",
        TransportErrorKind::Request => "the request can't be sent",
        TransportErrorKind::Closed => "the connection was closed before the response was complete",
        TransportErrorKind::Stopped => "the client was stopped",
    };
    let causes = successors(error.source(), |cause| (*cause).source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    if causes.is_empty() {
        return reason.to_owned();
    }
    format!("{reason} ({})", causes.join(": "))
}
