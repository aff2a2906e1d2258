//! How a request travels.

mod awc;
mod chunks;
mod connect;
mod exchange;
mod framing;
mod head;
mod http_stream;
mod message;
mod pool;
mod reply_batch;
mod socket;
mod spawn;
mod tls;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

pub(crate) use self::awc::{AwcTransport, Limits};
pub(crate) use connect::without_tls;
pub(crate) use message::Parts;
pub use message::{HttpRequest, HttpResponse};
pub(crate) use pool::for_websocket;
pub(crate) use spawn::Spawner;
pub(crate) use tls::TlsSource;

use crate::error::TransportError;

/// The future of a [`Transport`].
pub type TransportFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// Carries requests to the owners of data.
///
/// The default one speaks HTTP/1.1 over pooled connections, works from any async runtime, and holds to the builder's
/// [`timeouts`](crate::GmBuilder::timeouts) and limits. Another one can be given with
/// [`GmBuilder::transport`](crate::GmBuilder::transport): to test an application without a network, or to send
/// requests through a proxy or a service mesh.
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
/// A transport must
/// - send the request at most once: whether it may be sent again is decided above it;
/// - follow no redirects, which would carry credentials to another host;
/// - end the request when the future is dropped.
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and gives the answer, whatever its status.
    ///
    /// # Errors
    /// When there is no answer. The kind decides whether the request is sent again, so "not sent" must be certain.
    fn send(&self, request: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>>;

    /// Waits, before a request is sent again. By default with tokio's clock, which only its runtimes have.
    fn sleep(&self, duration: Duration) -> TransportFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
