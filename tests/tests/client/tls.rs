//! TLS.

use std::sync::Arc;

use gm_runtime::error::TransportErrorKind;
use gm_runtime::{Error, Gm};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::managers::RemoteProject;
use crate::server::{Answer, Request, Server, rows};

const ONE: &str = r#"[{"id": 1, "name": "a", "status": "b"}]"#;

/// An owner with a certificate for this host, and the certificate.
fn owner(host: &str) -> (Server, CertificateDer<'static>) {
    owner_at("127.0.0.1:0", host, |_, _| rows(ONE))
}

/// The same at this address, with these responses.
pub(crate) fn owner_at(
    address: &str,
    host: &str,
    handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
) -> (Server, CertificateDer<'static>) {
    let (config, certificate) = config(host, false);
    (start(address, config, handler), certificate)
}

/// A configuration with a certificate for this host, and the certificate. `strict`: clients need the certificate, too.
fn config(host: &str, strict: bool) -> (ServerConfig, CertificateDer<'static>) {
    let generated = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    let certificate = generated.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(generated.signing_key.serialize_der().into());
    let provider = Arc::new(default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = if strict {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        config.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        config.with_no_client_auth()
    };
    let config = config.with_single_cert(vec![certificate.clone()], key).unwrap();
    (config, certificate)
}

fn start(
    address: &str,
    config: ServerConfig,
    handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
) -> Server {
    let config = Arc::new(config);
    let wrap = move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        Ok(StreamOwned::new(connection, stream))
    };
    Server::start_over("https", address, wrap, handler)
}

pub(crate) fn trusting(certificate: CertificateDer<'static>) -> ClientConfig {
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
async fn a_trusted_owner() {
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
async fn an_owner_without_tls() {
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

#[tokio::test]
async fn an_owner_at_an_address_of_ipv6() {
    let (server, certificate) = owner_at("[::1]:0", "::1", |_, _| rows(ONE));
    let gm = server.builder().tls(trusting(certificate)).build().await.unwrap();
    RemoteProject::get(&gm, 1).await.unwrap();
    assert!(server.requests()[0].header("host").unwrap().starts_with("[::1]:"));
}

/// With TLS 1.3 the refusal arrives after the client has finished its handshake and sent the request.
#[tokio::test]
async fn an_owner_that_requires_a_client_certificate() {
    let (config, certificate) = config("127.0.0.1", true);
    let server = start("127.0.0.1:0", config, |_, _| rows(ONE));
    let gm = server.builder().tls(trusting(certificate)).build().await.unwrap();
    for _ in 0..20 {
        refused(&gm).await;
    }
    assert!(server.requests().is_empty());
}

/// A body that ends with the connection is complete only after `close_notify` (RFC 8446, 6.1).
#[tokio::test]
async fn a_truncated_response_is_an_error() {
    let (server, certificate) = owner_at("127.0.0.1:0", "127.0.0.1", |_, _| {
        Answer::Last(b"HTTP/1.1 200 X\r\n\r\n{\"items\": [], \"metadata\": {}}".to_vec())
    });
    let gm = server.builder().tls(trusting(certificate)).build().await.unwrap();
    let Err(Error::Transport(error)) = RemoteProject::query().all(&gm).await else {
        panic!("expected no answer")
    };
    assert_eq!(error.kind(), TransportErrorKind::Closed, "{error}");
}

/// Loading the system's roots may stall. Each caller waits for them at most the time to connect.
#[cfg(unix)]
#[test]
fn a_timeout_of_the_system_roots() {
    const THIS: &str = "tls::a_timeout_of_the_system_roots";
    if std::env::var_os("SSL_CERT_FILE").is_some_and(|file| file.to_string_lossy().ends_with("roots.fifo")) {
        reads_with_stalled_roots();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("roots.fifo");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&roots)
            .status()
            .unwrap()
            .success()
    );
    // The environment, which belongs to a process, gives the path of the roots.
    let mut process = std::process::Command::new(std::env::current_exe().unwrap());
    let process = process
        .args([THIS, "--exact", "--nocapture"])
        .env("SSL_CERT_FILE", &roots);
    let output = process.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("1 passed"),
        "{output:?}"
    );
}

#[cfg(unix)]
fn reads_with_stalled_roots() {
    use std::future::{Future, IntoFuture};
    use std::task::{Context, Waker};
    use std::time::Duration;

    use gm_runtime::client::Timeouts;
    use gm_runtime::error::Phase;

    let (sender, read) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let builder = Gm::builder().base_url("http://owner.test", url);
        let builder = builder.timeouts(Timeouts::new().connect(Duration::from_millis(100)));
        let resting = actix_web::rt::System::new();
        let gm = resting.block_on(builder.build()).unwrap();
        resting.block_on(crate::runtimes::first_request());
        let mut begun = Box::pin(RemoteProject::get(&gm, 1).into_future());
        resting.block_on(async {
            let polled = begun.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            tokio::task::yield_now().await;
        });
        crate::runtimes::block_on(async {
            sender.send(RemoteProject::by_id(1).delete(&gm).await).unwrap();
        });
    });
    let read = read
        .recv_timeout(Duration::from_secs(20))
        .expect("it waits for ever");
    let Err(Error::Transport(error)) = read else {
        panic!("{read:?}")
    };
    assert_eq!(
        error.kind(),
        TransportErrorKind::Timeout(Phase::Connect),
        "{error}"
    );
    assert!(error.is_unsent());
}
