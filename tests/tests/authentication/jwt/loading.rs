//! Key sets that are loaded from a URL or a file.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use gm_runtime::server::JwtIssuer;
use serde_json::json;

use super::key_server::{Behaviour, KeyServer};
use super::{AUDIENCE, ISSUER, claims, header, serve_with, status};
use crate::{PRIVATE, read, subscribe};
use gm_tests::log;
use gm_tests::signing_keys::{SigningKey, key_set};

fn of_server(server: &KeyServer) -> JwtIssuer {
    JwtIssuer::new(ISSUER, AUDIENCE).jwks_url(server.url())
}

#[tokio::test]
async fn keys_are_loaded_at_first_use_and_once() {
    let key = SigningKey::ed25519();
    let server = KeyServer::start(Behaviour::Serve(key_set(&[key.jwk("first")]))).await;
    let service = serve_with(of_server(&server)).await;
    assert_eq!(server.requests(), 0);
    let tokens: Vec<_> = (0..20)
        .map(|number| {
            let claims = super::claims_with(&json!({ "jti": number }));
            key.token(&header(&key), &claims)
        })
        .collect();
    let statuses = join_all(tokens.iter().map(|token| status(&service, token))).await;
    assert_eq!(statuses, [200; 20]);
    assert_eq!(server.requests(), 1);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn ten_thousand_unknown_key_ids_cause_one_load() {
    let key = SigningKey::ed25519();
    let server = KeyServer::start(Behaviour::Serve(key_set(&[key.jwk("first")]))).await;
    let service = serve_with(of_server(&server).load_interval(Duration::from_secs(600))).await;
    // Concurrent ones, and then many on few connections.
    let unknown = |number: usize| key.token(&json!({"alg": "EdDSA", "kid": number.to_string()}), &claims());
    let tokens: Vec<_> = (0..50).map(unknown).collect();
    let statuses = join_all(tokens.iter().map(|token| status(&service, token))).await;
    assert_eq!(statuses, [401; 50]);
    let mut connection = gm_tests::keep_alive::KeepAlive::new(service.address);
    for number in 50..10_000 {
        let request = gm_tests::raw::Request::new("GET", super::PRIVATE)
            .header("Authorization", &format!("Bearer {}", unknown(number)));
        assert_eq!(connection.send(&request).await.unwrap().status, 401);
    }
    assert_eq!(server.requests(), 1);
    assert_eq!(status(&service, &key.token(&header(&key), &claims())).await, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_new_key_is_loaded_and_a_removed_one_ends() {
    let (old, new) = (SigningKey::ed25519(), SigningKey::p256());
    let server = KeyServer::start(Behaviour::Serve(key_set(&[old.jwk("old")]))).await;
    let service = serve_with(of_server(&server).load_interval(Duration::ZERO)).await;
    let of_old = old.token(&json!({"alg": "EdDSA", "kid": "old"}), &claims());
    let of_new = new.token(&json!({"alg": "ES256", "kid": "new"}), &claims());
    assert_eq!(status(&service, &of_old).await, 200);
    assert_eq!(status(&service, &of_new).await, 401);
    server.set(Behaviour::Serve(key_set(&[old.jwk("old"), new.jwk("new")])));
    assert_eq!(status(&service, &of_new).await, 200);
    assert_eq!(status(&service, &of_old).await, 200);
    // A third key replaces the old one. The token of the old one was remembered.
    let third = SigningKey::ed25519();
    server.set(Behaviour::Serve(key_set(&[new.jwk("new"), third.jwk("third")])));
    let of_third = third.token(&json!({"alg": "EdDSA", "kid": "third"}), &claims());
    assert_eq!(status(&service, &of_third).await, 200);
    assert_eq!(status(&service, &of_old).await, 401);
    assert_eq!(status(&service, &of_new).await, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_key_of_the_same_id_but_another_value_is_another_key() {
    let (old, new) = (SigningKey::ed25519(), SigningKey::ed25519());
    let server = KeyServer::start(Behaviour::Serve(key_set(&[old.jwk("first")]))).await;
    let service = serve_with(of_server(&server).load_interval(Duration::ZERO)).await;
    let of_old = old.token(&header(&old), &claims());
    assert_eq!(status(&service, &of_old).await, 200);
    server.set(Behaviour::Serve(key_set(&[new.jwk("first")])));
    // An unknown id causes the load.
    let unknown = new.token(&json!({"alg": "EdDSA", "kid": "unknown"}), &claims());
    assert_eq!(status(&service, &unknown).await, 401);
    assert_eq!(status(&service, &of_old).await, 401);
    assert_eq!(status(&service, &new.token(&header(&new), &claims())).await, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_present_keys_hold_while_they_can_not_be_loaded() {
    let key = SigningKey::ed25519();
    let server = KeyServer::start(Behaviour::Serve(key_set(&[key.jwk("first")]))).await;
    let service = serve_with(of_server(&server).load_interval(Duration::ZERO)).await;
    assert_eq!(status(&service, &key.token(&header(&key), &claims())).await, 200);
    let huge = format!(r#"{{"keys": [], "filler": "{}"}}"#, "x".repeat(300 * 1024));
    let many: Vec<_> = (0..65).map(|number| key.jwk(&number.to_string())).collect();
    let elsewhere = KeyServer::start(Behaviour::Serve(key_set(&[key.jwk("elsewhere")]))).await;
    let behaviours = [
        Behaviour::Status(500),
        Behaviour::Status(404),
        Behaviour::Status(204),
        Behaviour::Redirect(elsewhere.url()),
        Behaviour::Endless,
        Behaviour::Serve(String::new()),
        Behaviour::Serve("{}".to_owned()),
        Behaviour::Serve("[]".to_owned()),
        Behaviour::Serve("null".to_owned()),
        Behaviour::Serve(r#"{"keys": {}}"#.to_owned()),
        Behaviour::Serve(r#"{"keys": []}"#.to_owned()),
        Behaviour::Serve(r#"{"keys": [7, null, {}, {"kty": "RSA", "n": "AA", "e": ""}]}"#.to_owned()),
        Behaviour::Serve("<html>garbage</html>".to_owned()),
        Behaviour::Serve("[".repeat(100_000)),
        Behaviour::Serve(huge),
        Behaviour::Serve(key_set(&many)),
    ];
    for (number, behaviour) in behaviours.into_iter().enumerate() {
        server.set(behaviour);
        let before = server.requests();
        let unknown = key.token(&json!({"alg": "EdDSA", "kid": "elsewhere"}), &claims());
        assert_eq!(status(&service, &unknown).await, 401, "{number}");
        assert!(server.requests() > before, "{number}");
        let fresh = super::claims_with(&json!({ "jti": number }));
        assert_eq!(
            status(&service, &key.token(&header(&key), &fresh)).await,
            200,
            "{number}"
        );
    }
    assert_eq!(elsewhere.requests(), 0);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn keys_that_do_not_arrive_are_answered_503_in_their_time() {
    let key = SigningKey::ed25519();
    let server = KeyServer::start(Behaviour::Silent).await;
    let service = serve_with(of_server(&server)).await;
    let begun = Instant::now();
    let tokens = [(); 3].map(|()| key.token(&header(&key), &claims()));
    let statuses = join_all(tokens.iter().map(|token| status(&service, token))).await;
    assert_eq!(statuses, [503; 3]);
    assert!(begun.elapsed() >= Duration::from_secs(4));
    assert_eq!(server.requests(), 1);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_caller_that_leaves_does_not_end_the_load() {
    let key = SigningKey::ed25519();
    let server = KeyServer::start(Behaviour::Silent).await;
    let service = serve_with(of_server(&server)).await;
    let token = key.token(&header(&key), &claims());
    let left = tokio::time::timeout(Duration::from_millis(300), status(&service, &token)).await;
    assert!(left.is_err());
    // The next caller joins the load, and does not start another one.
    assert_eq!(status(&service, &token).await, 503);
    assert_eq!(server.requests(), 1);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_without_the_provider_refuses_no_valid_token() {
    let key = SigningKey::ed25519();
    let server = KeyServer::start(Behaviour::Status(500)).await;
    let service = serve_with(of_server(&server).load_interval(Duration::ZERO)).await;
    let valid = format!("Bearer {}", key.token(&header(&key), &claims()));
    let headers = [("Authorization", &*valid)];
    let response = read(&service, PRIVATE, &headers).await;
    assert_eq!(
        (response.status, response.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(subscribe(&service, &headers).await, (503, None));
    let unknown = key.token(&json!({"alg": "EdDSA", "kid": "unknown"}), &claims());
    assert_eq!(status(&service, &unknown).await, 503);
    server.set(Behaviour::Serve(key_set(&[key.jwk("first")])));
    assert_eq!(read(&service, PRIVATE, &headers).await.status, 200);
    assert_eq!(subscribe(&service, &headers).await, (101, None));
    // Once keys are known, an unknown one is wrong.
    assert_eq!(status(&service, &unknown).await, 401);
    server.set(Behaviour::Status(500));
    assert_eq!(status(&service, &unknown).await, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_provider_that_is_down_at_the_start_gets_one_request_for_all_tokens() {
    let key = SigningKey::ed25519();
    let server = KeyServer::start(Behaviour::Status(500)).await;
    let service = serve_with(of_server(&server).load_interval(Duration::from_secs(600))).await;
    let unknown = |number: usize| key.token(&json!({"alg": "EdDSA", "kid": number.to_string()}), &claims());
    let tokens: Vec<_> = (0..50).map(unknown).collect();
    let statuses = join_all(tokens.iter().map(|token| status(&service, token))).await;
    assert_eq!(statuses, [503; 50]);
    assert_eq!(status(&service, &unknown(50)).await, 503);
    assert_eq!(server.requests(), 1);
    service.stop().await.unwrap();
}

/// A key without an id fits the header of each token.
#[tokio::test]
async fn a_key_of_the_builder_does_not_hide_those_of_the_url() {
    let (ours, theirs) = (SigningKey::ed25519(), SigningKey::ed25519());
    let mut nameless = ours.jwk("ours");
    nameless.as_object_mut().unwrap().remove("kid");
    let server = KeyServer::start(Behaviour::Serve(key_set(&[theirs.jwk("first")]))).await;
    let service = serve_with(of_server(&server).jwks(key_set(&[nameless]))).await;
    assert_eq!(
        status(&service, &ours.token(&header(&ours), &claims())).await,
        200
    );
    assert_eq!(server.requests(), 0);
    let of_theirs = theirs.token(&header(&theirs), &claims());
    assert_eq!(status(&service, &of_theirs).await, 200);
    assert_eq!(server.requests(), 1);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_warning_of_keys_that_can_not_be_loaded_is_about_this_service() {
    log::keep();
    let key = SigningKey::ed25519();
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/keys", closed.local_addr().unwrap());
    drop(closed);
    let issuer = JwtIssuer::new(ISSUER, AUDIENCE).jwks_url(format!("{url}?key=of-the-query"));
    let service = serve_with(issuer).await;
    let token = key.token(&header(&key), &claims());
    assert_eq!(status(&service, &token).await, 503);
    let lines = log::lines(&["can't be loaded", &format!("`{url}`")]);
    let [line] = &lines[..] else {
        panic!("expected one line, found {lines:?}")
    };
    for part in [ISSUER, "no connection", "`JwtIssuer::jwks_url`", "answered 503"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    for part in ["of-the-query", "stay", "base URL", "owner"] {
        assert!(!line.contains(part), "{part}: {line}");
    }
    service.stop().await.unwrap();

    let server = KeyServer::start(Behaviour::Serve(key_set(&[key.jwk("first")]))).await;
    let service = serve_with(of_server(&server).load_interval(Duration::ZERO)).await;
    assert_eq!(status(&service, &token).await, 200);
    server.set(Behaviour::Status(500));
    let unknown = key.token(&json!({"alg": "EdDSA", "kid": "unknown"}), &claims());
    assert_eq!(status(&service, &unknown).await, 401);
    let url = format!("`{}`", server.url());
    assert_eq!(log::lines(&[&url, "the status 500", "stay in use"]).len(), 1);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_file_of_keys_is_read_again_for_an_unknown_key_id() {
    let (old, new) = (SigningKey::ed25519(), SigningKey::ed25519());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, key_set(&[old.jwk("old")])).unwrap();
    let issuer = JwtIssuer::new(ISSUER, AUDIENCE).jwks_file(&path);
    let service = serve_with(issuer.load_interval(Duration::ZERO)).await;
    let of_old = old.token(&json!({"alg": "EdDSA", "kid": "old"}), &claims());
    let of_new = new.token(&json!({"alg": "EdDSA", "kid": "new"}), &claims());
    assert_eq!(status(&service, &of_old).await, 200);
    // A bad file changes nothing.
    std::fs::write(&path, "garbage").unwrap();
    assert_eq!(status(&service, &of_new).await, 401);
    assert_eq!(status(&service, &of_old).await, 200);
    std::fs::write(&path, key_set(&[new.jwk("new")])).unwrap();
    assert_eq!(status(&service, &of_new).await, 200);
    assert_eq!(status(&service, &of_old).await, 401);
    service.stop().await.unwrap();
}
