//! Owners that speak TLS.

use std::sync::Arc;

use gm_runtime::client::TransportErrorKind;
use gm_runtime::{Error, Gm};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::managers::RemoteProject;
use crate::server::{Server, rows};

const ONE: &str = r#"[{"id": 1, "name": "a", "status": "b"}]"#;

/// An owner whose certificate is this host's or another's, and the certificate.
fn owner(host: &str) -> (Server, CertificateDer<'static>) {
    let generated = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    let certificate = generated.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(generated.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let wrap = move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        Ok(StreamOwned::new(connection, stream))
    };
    (
        Server::start_over("https", "127.0.0.1:0", wrap, |_, _| rows(ONE)),
        certificate,
    )
}

fn trusting(certificate: CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

async fn refused(gm: &Gm) {
    let Err(Error::Transport(error)) = RemoteProject::by_id(1).delete(gm).await else {
        panic!("expected no TLS")
    };
    assert_eq!(error.kind(), TransportErrorKind::Tls, "{error}");
    assert!(
        error.is_unsent() && error.to_string().contains("GmBuilder::tls"),
        "{error}"
    );
}

#[tokio::test]
async fn an_owner_that_is_trusted() {
    let (server, certificate) = owner("127.0.0.1");
    let gm = server.builder().tls(trusting(certificate)).build().await.unwrap();
    for _ in 0..3 {
        RemoteProject::get(&gm, 1).fresh().await.unwrap();
    }
    assert!(server.requests().iter().all(|request| request.connection == 0));
    drop(gm);
    server.wait_for_close(std::time::Duration::from_secs(20));
}

#[tokio::test]
async fn an_owner_that_the_system_does_not_trust() {
    let (server, _) = owner("127.0.0.1");
    refused(&server.gm().await).await;
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_owner_with_the_certificate_of_another_host() {
    let (server, certificate) = owner("owner.test");
    let gm = server.builder().tls(trusting(certificate)).build().await.unwrap();
    refused(&gm).await;
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_owner_that_speaks_no_tls() {
    let (_, certificate) = owner("127.0.0.1");
    let server = Server::start(|_, _| rows(ONE));
    let gm = Gm::builder()
        .base_url("http://owner.test", server.url().replace("http:", "https:"))
        .tls(trusting(certificate))
        .build()
        .await
        .unwrap();
    let error = RemoteProject::get(&gm, 1).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
}
