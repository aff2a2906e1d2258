//! The trait of a transport, which an application can implement.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::{HttpRequest, HttpResponse};
use crate::error::TransportError;

/// The future that a [`Transport`] returns.
pub type TransportFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// A transport, which sends requests to the owners of data.
///
/// The default transport uses HTTP/1.1 over pooled connections, works in any async runtime, and applies the builder's
/// [`timeouts`](crate::GmBuilder::timeouts) and limits. [`GmBuilder::transport`](crate::GmBuilder::transport) replaces it, for
/// example to test an application without a network, or to send requests through a proxy or a service mesh.
///
/// # Example
///
/// ```
/// use gm_runtime::error::TransportError;
/// use gm_runtime::client::{HttpRequest, HttpResponse, Transport, TransportFuture};
/// use gm_runtime::Gm;
///
/// /// An owner without rows.
/// struct Empty;
///
/// impl Transport for Empty {
///     fn send(&self, _: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
///         Box::pin(async { Ok(HttpResponse::new(200, [], r#"{"items": [], "metadata": {}}"#)) })
///     }
/// }
///
/// let builder = Gm::builder().transport(Empty);
/// ```
///
/// # Requirements
/// A transport must
/// - send the request at most once, since the client decides on retries;
/// - follow no redirects, which would send credentials to another host;
/// - end the request when the future is dropped.
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and returns the response, whatever its status.
    ///
    /// # Errors
    /// When there is no response. The error's kind decides whether the client retries. Use a kind that means "not sent" only if the
    /// request certainly was not sent.
    fn send(&self, request: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>>;

    /// Waits before a retry. By default with tokio's timer, which needs a tokio runtime.
    fn sleep(&self, duration: Duration) -> TransportFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
