//! Whom an `https` owner must convince.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OnceCell;

use crate::client::{TransportError, TransportErrorKind};

/// The TLS configuration: the application's own, or one with the system's roots, which is made when an `https` URL is
/// first asked, so that plain `http` needs neither roots nor a crypto provider.
pub(crate) struct TlsSource {
    config: OnceCell<Arc<ClientConfig>>,
}

impl TlsSource {
    pub(crate) fn new(own: Option<ClientConfig>) -> Self {
        Self {
            config: OnceCell::new_with(own.map(|own| Arc::new(http1_only(own)))),
        }
    }

    /// The configuration. Must be called in a tokio runtime: reading the system's roots blocks.
    pub(crate) async fn config(&self) -> Result<Arc<ClientConfig>, TransportError> {
        let config = self.config.get_or_try_init(|| async {
            match tokio::task::spawn_blocking(with_system_roots).await {
                Ok(config) => config.map(Arc::new),
                Err(error) => Err(TransportError::new(TransportErrorKind::Stopped).with_source(error)),
            }
        });
        config.await.map(Arc::clone)
    }
}

fn with_system_roots() -> Result<ClientConfig, TransportError> {
    let failed = |source: anyhow::Error| TransportError::new(TransportErrorKind::Tls).with_source(source);
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // A store with a broken certificate among good ones is usual; the good ones are used.
    let (usable, _broken) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(failed(anyhow::anyhow!(
            "the system has no usable root certificates; install its `ca-certificates`, or give a configuration"
        )));
    }
    // The provider is named: a process-wide one may be missing, or be the application's choice.
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(http1_only(config))
}

/// HTTP/2 would multiplex requests over one connection, so that ending one could not close it.
fn http1_only(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
