//! Callers with client certificates, over TLS.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use actix_web::{App, HttpServer};
use gm_runtime::GmBuilder;
use gm_runtime::access::Principal;
use gm_runtime::server::{Authenticator, Presented, Rejected, TrustedProxy, read_client_certificate};
use gm_tests::conformance::{self, TOKEN};
use rcgen::{CertificateParams, Issuer, KeyPair, SanType, date_time_ymd};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};

use super::PRIVATE;

/// A certificate authority, made for one test.
struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

fn dns(text: &str) -> SanType {
    SanType::DnsName(text.try_into().unwrap())
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    fn issue(&self, names: Vec<SanType>) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        params.not_after = date_time_ymd(2077, 1, 2);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        (vec![certificate.der().clone()], key)
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Arc::new(roots)
    }
}

/// Records the certificate of the last request.
#[derive(Clone, Default)]
struct Certificates(Arc<Mutex<Option<Seen>>>);

/// The names of a certificate, and its end.
type Seen = (Vec<String>, SystemTime);

impl Authenticator for Certificates {
    async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        *self.0.lock().unwrap() = presented.client_certificate().map(|certificate| {
            let names = certificate.uris().chain(certificate.dns_names());
            (names.map(str::to_owned).collect(), certificate.ends_at())
        });
        Ok(None)
    }
}

struct Service {
    address: SocketAddr,
    authority: Authority,
    seen: Certificates,
    handle: actix_web::dev::ServerHandle,
}

impl Service {
    async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    async fn start_with(configure: impl FnOnce(GmBuilder) -> GmBuilder) -> Self {
        let authority = Authority::new();
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(authority.roots(), Arc::clone(&provider));
        let verifier = verifier.allow_unauthenticated().build().unwrap();
        let (certificates, key) = authority.issue(vec![dns("localhost")]);
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificates, key)
            .unwrap();
        let seen = Certificates::default();
        let builder = conformance::builder()
            .database("sqlite::memory:")
            .authenticator(seen.clone())
            .accept_client_certificates();
        let gm = configure(builder).build().await.unwrap();
        conformance::seed(&gm).await.unwrap();
        let services = gm.services();
        let server = HttpServer::new(move || App::new().configure(services.clone()))
            .on_connect(read_client_certificate)
            .workers(1)
            .disable_signals()
            .listen_rustls_0_23(gm.listener(("127.0.0.1", 0)).unwrap(), tls)
            .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            address,
            authority,
            seen,
            handle,
        }
    }

    /// The status of a read with this certificate. `None` if there is no TLS connection.
    async fn status(&self, identity: Option<Identity>, headers: &str) -> Option<u16> {
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.authority.roots());
        let config = match identity {
            Some((certificates, key)) => config.with_client_auth_cert(certificates, key).unwrap(),
            None => config.with_no_client_auth(),
        };
        let (address, headers) = (self.address, headers.to_owned());
        let exchange = move || {
            let name = ServerName::try_from("localhost").unwrap();
            let connection = ClientConnection::new(Arc::new(config), name).unwrap();
            let stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let request =
                format!("GET {PRIVATE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
            let mut response = Vec::new();
            stream.write_all(request.as_bytes()).ok()?;
            // A close without an alert is an error, after the response.
            let _ = stream.read_to_end(&mut response);
            let status = response.get(9..12)?;
            std::str::from_utf8(status).ok()?.parse().ok()
        };
        tokio::task::spawn_blocking(exchange).await.unwrap()
    }

    fn seen(&self) -> Option<Seen> {
        self.seen.0.lock().unwrap().take()
    }
}

#[tokio::test]
async fn the_name_of_a_client_certificate_is_the_caller() {
    let service = Service::start().await;
    let authority = &service.authority;
    let spiffe = uri("spiffe://example.com/billing");
    let identity = authority.issue(vec![
        spiffe.clone(),
        dns("billing.example.com"),
        dns("b.example.com"),
    ]);
    assert_eq!(service.status(Some(identity), "").await, Some(200));
    let (names, end) = service.seen().unwrap();
    assert_eq!(
        names,
        [
            "spiffe://example.com/billing",
            "billing.example.com",
            "b.example.com"
        ]
    );
    assert_eq!(end, SystemTime::from(date_time_ymd(2077, 1, 2)));
    let identity = authority.issue(vec![dns("billing.example.com")]);
    assert_eq!(service.status(Some(identity), "").await, Some(200));
    // Without a certificate the caller is anonymous.
    assert_eq!(service.status(None, "").await, Some(403));
    assert_eq!(service.seen(), None);
    service.handle.stop(true).await;
}

#[tokio::test]
async fn a_certificate_without_one_name_is_answered_401() {
    let service = Service::start().await;
    let names = [
        vec![],
        vec![uri("spiffe://a/b"), uri("spiffe://a/c")],
        vec![dns("a.example.com"), dns("b.example.com")],
        vec![SanType::IpAddress([127, 0, 0, 1].into())],
        vec![SanType::Rfc822Name("ada@example.com".try_into().unwrap())],
        vec![uri("")],
        vec![uri("spiffe://a/b\nERROR the service stopped")],
        vec![uri(&format!("spiffe://a/{}", "b".repeat(256)))],
    ];
    for names in names {
        let identity = service.authority.issue(names.clone());
        assert_eq!(service.status(Some(identity), "").await, Some(401), "{names:?}");
    }
    service.handle.stop(true).await;
}

#[tokio::test]
async fn a_certificate_of_another_authority_gets_no_connection() {
    let service = Service::start().await;
    let identity = Authority::new().issue(vec![uri("spiffe://example.com/billing")]);
    assert_eq!(service.status(Some(identity), "").await, None);
    service.handle.stop(true).await;
}

#[tokio::test]
async fn a_token_counts_before_the_certificate() {
    let service = Service::start().await;
    let identity = || {
        Some(
            service
                .authority
                .issue(vec![dns("a.example.com"), dns("b.example.com")]),
        )
    };
    let token = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!(service.status(identity(), &token).await, Some(200));
    let identity = || Some(service.authority.issue(vec![dns("a.example.com")]));
    assert_eq!(
        service
            .status(identity(), "Authorization: Bearer wrong\r\n")
            .await,
        Some(401)
    );
    service.handle.stop(true).await;
}

/// The users of a proxy with a certificate, and callers that are no users of it, must not become the proxy.
#[tokio::test]
async fn the_certificate_of_a_proxy_is_none_of_its_users() {
    let trust = |addresses: &'static str| {
        move |builder: GmBuilder| {
            builder.trusted_proxy(TrustedProxy::new([addresses]).user_header("x-auth-user"))
        }
    };
    let service = Service::start_with(trust("127.0.0.0/8")).await;
    let proxy = || Some(service.authority.issue(vec![dns("proxy.example.com")]));
    let ada = "x-auth-user: ada\r\n";
    // With two names the certificate would be answered 401.
    let names = vec![dns("a.example.com"), dns("b.example.com")];
    assert_eq!(
        service.status(Some(service.authority.issue(names)), ada).await,
        Some(200)
    );
    assert_eq!(service.status(proxy(), ada).await, Some(200));
    assert_eq!(service.status(proxy(), "").await, Some(403));
    assert_eq!(service.status(proxy(), "x-auth-user: \r\n").await, Some(403));
    service.handle.stop(true).await;
    // The header of an address that is no proxy.
    let service = Service::start_with(trust("10.0.0.0/8")).await;
    let caller = || Some(service.authority.issue(vec![dns("caller.example.com")]));
    assert_eq!(service.status(caller(), ada).await, Some(401));
    assert_eq!(service.status(caller(), "").await, Some(200));
    service.handle.stop(true).await;
}
