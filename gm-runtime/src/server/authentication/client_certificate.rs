//! The client's certificate of a TLS connection.

use std::any::Any;
use std::sync::Arc;
use std::time::SystemTime;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::certificate_validity::not_after;

/// The certificate that a client has proved with the handshake of TLS.
///
/// rustls has verified it against the roots of the server's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    der: Vec<u8>,
    dns_names: Vec<String>,
    uris: Vec<String>,
    ends_at: SystemTime,
}

impl ClientCertificate {
    /// Reads a certificate. `None` if it can't be read.
    fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = EndEntityCert::try_from(certificate).ok()?;
        Some(Self(Arc::new(Inner {
            der: certificate.as_ref().to_vec(),
            dns_names: parsed.valid_dns_names().map(str::to_owned).collect(),
            uris: parsed.valid_uri_names().map(str::to_owned).collect(),
            ends_at: not_after(certificate)?,
        })))
    }

    /// The certificate in DER (RFC 5280).
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The DNS names among the subject's alternative names.
    pub fn dns_names(&self) -> impl Iterator<Item = &str> {
        self.0.dns_names.iter().map(String::as_str)
    }

    /// The URIs among the subject's alternative names, such as `spiffe://example.com/billing`.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.0.uris.iter().map(String::as_str)
    }

    /// When the certificate ends.
    #[must_use]
    pub fn ends_at(&self) -> SystemTime {
        self.0.ends_at
    }
}

/// Reads the certificate of a client from its connection, for `HttpServer::on_connect`.
///
/// The server must listen with `listen_rustls_0_23` or `bind_rustls_0_23`, and its configuration must verify client
/// certificates. Without this call, no request has a certificate.
///
/// ```no_run
/// use actix_web::{App, HttpServer};
/// use gm_runtime::Gm;
/// use gm_runtime::server::read_client_certificate;
///
/// # async fn serve(tls: rustls::ServerConfig) -> Result<(), Box<dyn std::error::Error>> {
/// let gm = Gm::builder().accept_client_certificates().build().await?;
/// let services = gm.services();
/// HttpServer::new(move || App::new().configure(services.clone()))
///     .on_connect(read_client_certificate)
///     .listen_rustls_0_23(gm.listener(("0.0.0.0", 8443))?, tls)?
///     .run()
///     .await?;
/// # Ok(()) }
/// ```
pub fn read_client_certificate(connection: &dyn Any, extensions: &mut Extensions) {
    let Some(tls) = connection.downcast_ref::<TlsStream<TcpStream>>() else {
        return;
    };
    let (_, session) = tls.get_ref();
    let certificates = session.peer_certificates().unwrap_or_default();
    if let Some(certificate) = certificates.first().and_then(ClientCertificate::read) {
        extensions.insert(certificate);
    }
}
