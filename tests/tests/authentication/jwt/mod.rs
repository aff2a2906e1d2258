//! JSON Web Tokens: which are accepted, and which principal they make.

mod forged;
mod key_server;
mod loading;
mod malformed;
mod principals;
mod providers;
mod rejections;
mod settings;

use std::time::{SystemTime, UNIX_EPOCH};

use gm_runtime::server::JwtIssuer;
use gm_tests::conformance::Running;
use serde_json::{Value as Json, json};

use super::{PRIVATE, read, serve};
use gm_tests::signing_keys::{SigningKey, key_set};

const ISSUER: &str = "https://login.example.com/";
const AUDIENCE: &str = "tickets";

/// The seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The claims of a token that is valid for an hour.
fn claims() -> Json {
    json!({"iss": ISSUER, "aud": AUDIENCE, "exp": now() + 3600, "iat": now() - 10, "sub": "ada"})
}

/// The same claims, with these in place of theirs. A claim with null is left out.
fn claims_with(other: &Json) -> Json {
    let mut claims = claims();
    for (name, value) in other.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn header(key: &SigningKey) -> Json {
    json!({"alg": key.algorithm(), "typ": "JWT", "kid": "first"})
}

/// An issuer with this one key.
fn issuer(key: &SigningKey) -> JwtIssuer {
    JwtIssuer::new(ISSUER, AUDIENCE).jwks(key_set(&[key.jwk("first")]))
}

async fn serve_with(issuer: JwtIssuer) -> Running {
    serve(|builder| builder.accept_jwt(issuer)).await
}

/// The status of a read by the holder of this token.
async fn status(service: &Running, token: &str) -> u16 {
    let response = read(service, PRIVATE, &[("Authorization", &format!("Bearer {token}"))]).await;
    if response.status == 401 {
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    }
    response.status
}

#[tokio::test]
async fn a_token_of_each_family_is_accepted() {
    for key in [SigningKey::ed25519(), SigningKey::p256(), SigningKey::rsa()] {
        let service = serve_with(issuer(&key)).await;
        let token = key.token(&header(&key), &claims());
        assert_eq!(status(&service, &token).await, 200, "{}", key.algorithm());
        // Remembered.
        assert_eq!(status(&service, &token).await, 200, "{}", key.algorithm());
        service.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_token_of_a_shared_secret_is_accepted() {
    let secret = vec![7; 32];
    let service = serve_with(JwtIssuer::new(ISSUER, AUDIENCE).secret(secret.clone())).await;
    let key = SigningKey::Secret(secret);
    assert_eq!(status(&service, &key.token(&header(&key), &claims())).await, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn one_of_several_audiences_is_enough() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key).audience("desk")).await;
    for (audience, expected) in [
        (json!("desk"), 200),
        (json!(["other", "tickets"]), 200),
        (json!(["other"]), 401),
        (json!("Tickets"), 401),
    ] {
        let token = key.token(&header(&key), &claims_with(&json!({"aud": audience})));
        assert_eq!(status(&service, &token).await, expected, "{audience}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_without_a_key_id_is_tried_with_the_keys_that_fit() {
    let (first, second) = (SigningKey::ed25519(), SigningKey::ed25519());
    let keys = key_set(&[first.jwk("first"), second.jwk("second")]);
    let service = serve_with(JwtIssuer::new(ISSUER, AUDIENCE).jwks(keys)).await;
    let header = json!({"alg": "EdDSA"});
    assert_eq!(status(&service, &second.token(&header, &claims())).await, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_leeway_covers_clocks_that_differ() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    for (times, expected) in [
        (json!({"exp": now() - 10}), 200),
        (json!({"exp": now() - 40}), 401),
        (json!({"nbf": now() + 10}), 200),
        (json!({"nbf": now() + 40}), 401),
        (json!({"exp": now() as f64 + 3600.5}), 200),
    ] {
        let token = key.token(&header(&key), &claims_with(&times));
        assert_eq!(status(&service, &token).await, expected, "{times}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_required_type_keeps_other_tokens_out() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key).token_type("at+jwt")).await;
    for (kind, expected) in [
        (json!("at+jwt"), 200),
        (json!("application/AT+JWT"), 200),
        (json!("JWT"), 401),
    ] {
        let token = key.token(&json!({"alg": "EdDSA", "typ": kind}), &claims());
        assert_eq!(status(&service, &token).await, expected, "{kind}");
    }
    assert_eq!(
        status(&service, &key.token(&json!({"alg": "EdDSA"}), &claims())).await,
        401
    );
    service.stop().await.unwrap();
}
