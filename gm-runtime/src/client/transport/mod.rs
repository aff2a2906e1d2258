//! HTTP transport: from a request to its response.

mod awc;
mod chunks;
mod connect;
mod exchange;
mod framing;
mod head;
mod http_stream;
mod limits;
mod message;
mod pool;
mod reply_batch;
mod socket;
mod spawn;
mod tls;
mod transport_trait;

pub(crate) use self::awc::AwcTransport;
pub(crate) use connect::without_tls;
pub(crate) use limits::Limits;
pub(crate) use message::Parts;
pub use message::{HttpRequest, HttpResponse};
pub(crate) use pool::for_websocket;
pub(crate) use spawn::Spawner;
pub(crate) use tls::TlsSource;
pub use transport_trait::{Transport, TransportFuture};
