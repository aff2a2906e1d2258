//! Subscriptions over TLS.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use gm_runtime::Gm;
use gm_runtime::InvalidationClient;
use gm_runtime::change::Action;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::owner::Thing;

#[tokio::test]
async fn a_subscription_over_tls() {
    subscribe_over_tls("127.0.0.1", "127.0.0.1:0").await;
}

#[tokio::test]
async fn a_subscription_over_tls_at_an_ipv6_address() {
    subscribe_over_tls("::1", "[::1]:0").await;
}

async fn subscribe_over_tls(host: &str, address: &str) {
    let generated = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    let certificate = generated.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(generated.signing_key.serialize_der().into());
    let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let listener = TcpListener::bind(address).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let owner = tls_owner(listener, server);
    let gm = Gm::builder()
        .base_url("http://owner.test", url.as_str())
        .tls(client)
        .manual_invalidation()
        .build()
        .await
        .unwrap();
    assert!(
        Thing::websocket_invalidation_url(&gm)
            .unwrap()
            .starts_with("wss://")
    );
    let client = InvalidationClient::new(&gm).manager::<Thing>().unwrap();
    client.connect().await.unwrap();
    assert_eq!(
        client.listen_once().await.unwrap().unwrap().action(),
        Action::Refresh
    );
    client.close().await;
    owner.join().unwrap();
}

/// Accepts one websocket over TLS, and sends one event.
fn tls_owner(listener: TcpListener, config: ServerConfig) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let key = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            let is_key = name.eq_ignore_ascii_case("sec-websocket-key");
            is_key.then(|| value.to_owned())
        };
        let key = head.lines().find_map(key).unwrap();
        let accept = actix_http::ws::hash_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 103 X\r\nlink: </>\r\n\r\nHTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-accept: {}\r\n\r\n",
            std::str::from_utf8(&accept).unwrap()
        );
        stream.write_all(answer.as_bytes()).unwrap();
        stream.write_all(&[0x81, 2, b'{', b'}']).unwrap();
        // Until the consumer closes the connection.
        let _ = stream.read_to_end(&mut Vec::new());
    })
}
