//! A small document of another server, such as the keys of an identity provider.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use super::loopback::is_loopback;
use super::transport::{HttpRequest, Parts, Transport};
use super::transports::Transports;
use crate::error::{Error, Method};
use crate::interface::BoxFuture;

/// The most bytes of a document.
const MAX_BYTES: usize = 256 * 1024;

/// A document that is read with the client's transport, without credentials.
pub(crate) struct Document {
    url: String,
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
        Ok(Self {
            url: url.into(),
            transport: transports.for_document(MAX_BYTES),
        })
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
        Box::pin(async move {
            let response = response.await.map_err(|error| error.to_string())?;
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
