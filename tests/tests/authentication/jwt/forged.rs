//! Forged tokens: the confusions of algorithms and keys (RFC 8725, 2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gm_runtime::server::JwtIssuer;
use serde_json::json;

use super::{AUDIENCE, ISSUER, claims, claims_with, header, issuer, serve, serve_with, status};
use gm_tests::signing_keys::{SigningKey, encode, key_set};

#[tokio::test]
async fn the_algorithm_none_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let message = key.token(&json!({"alg": name, "kid": "first"}), &claims());
        let (message, signature) = message.rsplit_once('.').unwrap();
        for token in [
            format!("{message}."),
            format!("{message}.{signature}"),
            message.to_owned(),
        ] {
            assert_eq!(status(&service, &token).await, 401, "{name}");
        }
    }
    service.stop().await.unwrap();
}

/// RFC 8725, 2.1: a verifier that trusts the header takes the public key for a secret.
#[tokio::test]
async fn hs256_with_the_public_key_as_secret_is_answered_401() {
    for key in [SigningKey::ed25519(), SigningKey::p256(), SigningKey::rsa()] {
        let service = serve_with(issuer(&key)).await;
        let public = key.public();
        let secrets = [
            public.clone(),
            encode(&public).into_bytes(),
            STANDARD.encode(&public).into_bytes(),
            key.jwk("first").to_string().into_bytes(),
            key_set(&[key.jwk("first")]).into_bytes(),
        ];
        for secret in secrets {
            for algorithm in ["HS256", "HS384", "HS512"] {
                let forger = SigningKey::Secret(secret.clone());
                let token = forger.token(&json!({"alg": algorithm, "kid": "first"}), &claims());
                assert_eq!(status(&service, &token).await, 401, "{algorithm}");
            }
        }
        service.stop().await.unwrap();
    }
}

#[tokio::test]
async fn an_algorithm_of_another_family_than_the_key_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    for algorithm in [
        "RS256", "PS512", "ES256", "ES384", "HS256", "ES512", "ES256K", "eddsa",
    ] {
        let token = key.token(&json!({"alg": algorithm, "kid": "first"}), &claims());
        assert_eq!(status(&service, &token).await, 401, "{algorithm}");
    }
    service.stop().await.unwrap();
}

/// A key with `alg` verifies that algorithm alone.
#[tokio::test]
async fn another_algorithm_than_the_one_of_the_key_is_answered_401() {
    let key = SigningKey::rsa();
    let mut jwk = key.jwk("first");
    jwk["alg"] = json!("RS512");
    let service = serve_with(JwtIssuer::new(ISSUER, AUDIENCE).jwks(key_set(&[jwk]))).await;
    assert_eq!(status(&service, &key.token(&header(&key), &claims())).await, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_signed_by_the_key_of_another_issuer_is_answered_401() {
    let (ours, theirs) = (SigningKey::ed25519(), SigningKey::ed25519());
    let other = "https://other.example.com";
    // Both keys have the same id.
    let service = serve(|builder| {
        let keys = key_set(&[theirs.jwk("first")]);
        builder
            .accept_jwt(issuer(&ours))
            .accept_jwt(JwtIssuer::new(other, AUDIENCE).jwks(keys))
    })
    .await;
    let of_other = claims_with(&json!({"iss": other}));
    assert_eq!(
        status(&service, &theirs.token(&header(&theirs), &of_other)).await,
        200
    );
    assert_eq!(
        status(&service, &theirs.token(&header(&theirs), &claims())).await,
        401
    );
    assert_eq!(
        status(&service, &ours.token(&header(&ours), &of_other)).await,
        401
    );
    service.stop().await.unwrap();
}

#[tokio::test]
async fn an_unknown_issuer_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    for name in [
        "https://login.example.com",
        "https://LOGIN.example.com/",
        "",
        "https://evil.example/",
    ] {
        let token = key.token(&header(&key), &claims_with(&json!({"iss": name})));
        assert_eq!(status(&service, &token).await, 401, "{name}");
    }
    service.stop().await.unwrap();
}

/// RFC 8725, 3.10: the header may name a key of the forger.
#[tokio::test]
async fn a_key_in_the_header_is_answered_401() {
    let (key, forger) = (SigningKey::ed25519(), SigningKey::ed25519());
    let service = serve_with(issuer(&key)).await;
    let headers = [
        json!({"alg": "EdDSA", "kid": "first", "jwk": forger.jwk("first")}),
        json!({"alg": "EdDSA", "kid": "first", "jku": "http://127.0.0.1:1/keys"}),
        json!({"alg": "EdDSA", "kid": "first", "x5u": "http://127.0.0.1:1/keys"}),
        json!({"alg": "EdDSA", "kid": "first", "x5c": ["MIIB"]}),
    ];
    for header in headers {
        assert_eq!(
            status(&service, &forger.token(&header, &claims())).await,
            401,
            "{header}"
        );
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_secret_in_a_public_key_set_verifies_nothing() {
    let (key, secret) = (SigningKey::ed25519(), SigningKey::Secret(vec![7; 64]));
    let keys = key_set(&[key.jwk("first"), secret.jwk("second")]);
    let service = serve_with(JwtIssuer::new(ISSUER, AUDIENCE).jwks(keys)).await;
    let token = secret.token(&json!({"alg": "HS256", "kid": "second"}), &claims());
    assert_eq!(status(&service, &token).await, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_key_for_encryption_verifies_nothing() {
    let (key, other) = (SigningKey::ed25519(), SigningKey::ed25519());
    let mut encrypts = other.jwk("second");
    encrypts["use"] = json!("enc");
    let mut signs = other.jwk("third");
    signs["key_ops"] = json!(["sign"]);
    let keys = key_set(&[key.jwk("first"), encrypts, signs]);
    let service = serve_with(JwtIssuer::new(ISSUER, AUDIENCE).jwks(keys)).await;
    for id in ["second", "third"] {
        let token = other.token(&json!({"alg": "EdDSA", "kid": id}), &claims());
        assert_eq!(status(&service, &token).await, 401, "{id}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_changed_token_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let token = key.token(&header(&key), &claims());
    assert_eq!(status(&service, &token).await, 200);
    let parts: Vec<_> = token.split('.').collect();
    let [head, payload, signature] = parts[..] else {
        panic!("three parts")
    };
    let admin = encode(claims_with(&json!({"sub": "root"})).to_string());
    let changed = [
        format!("{head}.{admin}.{signature}"),
        format!("{head}.{payload}.{}", encode([0; 64])),
        format!("{head}.{payload}.{}", &signature[1..]),
        format!("{head}.{payload}.{signature}="),
        format!("{head}.{payload}.{signature}.{signature}"),
        format!("{head}=.{payload}.{signature}"),
        format!("{head}.{payload}"),
        format!("{head}.{payload}."),
        format!("{}.{payload}.{signature}", encode(r#"{"alg":"EdDSA"}"#)),
        "..".to_owned(),
        ".".to_owned(),
    ];
    for token in changed {
        assert_eq!(status(&service, &token).await, 401, "{token}");
    }
    service.stop().await.unwrap();
}
