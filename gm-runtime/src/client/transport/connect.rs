//! Opens connections for awc.

use std::borrow::Cow;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::net::TcpStream;
use actix_service::Service;
use actix_tls::connect::{ConnectError, ConnectInfo, Connection};
use awc::http::Uri;
use futures_util::future::LocalBoxFuture;
use rustls::ClientConfig;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::http_stream::HttpStream;
use super::socket::Socket;

/// Opens connections for an awc client, all with TLS or all without.
///
/// awc would add TLS itself, by the URL's scheme, above [`HttpStream`]. The stream must be above TLS, so awc gets URLs with `http`
/// and `ws`, and this adds TLS.
#[derive(Clone)]
pub(super) struct Connect {
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// Whether the connection is for a websocket.
    pub(super) upgrade: bool,
    /// The time limit of the connection, and of the TLS handshake.
    pub(super) limit: Duration,
}

impl Connect {
    async fn open(self, uri: Uri) -> io::Result<Connection<Uri, HttpStream>> {
        let host = uri.host().unwrap_or_default();
        let port = if self.tls.is_some() { 443 } else { 80 };
        let address = (host.trim_matches(['[', ']']), uri.port_u16().unwrap_or(port));
        let stream = self.limited(TcpStream::connect(address)).await?;
        let socket = match &self.tls {
            Some(tls) => {
                let tls = TlsConnector::from(Arc::clone(tls));
                self.limited(Socket::secure(stream, host, &tls)).await?
            }
            None => Socket::Plain(stream),
        };
        let stream = HttpStream::new(socket, self.upgrade);
        Ok(Connection::new(uri, stream))
    }

    async fn limited<T>(&self, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        timeout(self.limit, step).await.map_err(io::Error::other)?
    }
}

/// The URL for awc, which has no TLS, and whether the connection needs TLS.
pub(crate) fn without_tls(url: &str) -> (Cow<'_, str>, bool) {
    for (secure, plain) in [("https:", "http:"), ("wss:", "ws:")] {
        if let Some(rest) = url.strip_prefix(secure) {
            return ([plain, rest].concat().into(), true);
        }
    }
    (url.into(), false)
}

/// Whether a time limit ended the attempt to connect.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|source| source.is::<Elapsed>())
}

impl Service<ConnectInfo<Uri>> for Connect {
    type Response = Connection<Uri, HttpStream>;
    type Error = ConnectError;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    actix_service::always_ready!();

    fn call(&self, info: ConnectInfo<Uri>) -> Self::Future {
        let (this, uri) = (self.clone(), info.request().clone());
        Box::pin(async move { this.open(uri).await.map_err(ConnectError::Io) })
    }
}
