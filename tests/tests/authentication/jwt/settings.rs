//! Settings of issuers that `build` refuses.

use gm_runtime::server::JwtIssuer;
use gm_runtime::{Error, Gm};

use super::{AUDIENCE, ISSUER};
use gm_tests::signing_keys::{SigningKey, key_set};

async fn refused(issuers: impl IntoIterator<Item = JwtIssuer>) -> String {
    let builder = issuers
        .into_iter()
        .fold(Gm::builder(), |builder, issuer| builder.accept_jwt(issuer));
    match builder.build().await {
        Err(Error::Configuration(message)) => message,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

fn new() -> JwtIssuer {
    JwtIssuer::new(ISSUER, AUDIENCE)
}

#[tokio::test]
async fn an_issuer_without_keys_is_refused() {
    assert!(refused([new()]).await.contains("has no keys"));
}

#[tokio::test]
async fn a_short_secret_is_refused() {
    assert!(
        refused([new().secret([7; 31])])
            .await
            .contains("fewer than 32 bytes")
    );
}

#[tokio::test]
async fn an_empty_audience_is_refused() {
    let keys = key_set(&[SigningKey::ed25519().jwk("first")]);
    assert!(
        refused([JwtIssuer::new(ISSUER, "").jwks(keys)])
            .await
            .contains("empty audience")
    );
}

#[tokio::test]
async fn an_admin_group_without_a_claim_of_groups_is_refused() {
    let issuer = || new().secret([7; 32]).admin_group("admins");
    let message = refused([issuer()]).await;
    for part in [ISSUER, "`admin_group`", "add `groups_claim`"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let complete = issuer().groups_claim("groups");
    assert!(Gm::builder().accept_jwt(complete).build().await.is_ok());
}

#[tokio::test]
async fn two_issuers_of_one_name_are_refused() {
    let two = [new().secret([7; 32]), new().secret([8; 32])];
    assert!(refused(two).await.contains("called twice"));
}

#[tokio::test]
async fn keys_that_verify_nothing_are_refused() {
    for keys in [
        "",
        "{}",
        r#"{"keys": []}"#,
        r#"{"keys": [{"kty": "oct", "k": "AAAA"}]}"#,
    ] {
        assert!(
            refused([new().jwks(keys)]).await.contains("has wrong keys"),
            "{keys}"
        );
    }
    // An RSA key of 1,024 bits.
    let short = format!(
        r#"{{"keys": [{{"kty": "RSA", "e": "AQAB", "n": "{}"}}]}}"#,
        "-".repeat(171)
    );
    assert!(refused([new().jwks(short)]).await.contains("has wrong keys"));
}

#[tokio::test]
async fn a_missing_file_is_refused() {
    assert!(
        refused([new().jwks_file("/nowhere/keys.json")])
            .await
            .contains("can't be read")
    );
}

#[tokio::test]
async fn a_url_without_tls_is_refused_except_for_a_loopback_address() {
    for url in [
        "http://login.example.com/keys",
        "ftp://127.0.0.1/keys",
        "keys.json",
        "http://127.0.0.1.example.com/",
    ] {
        let message = refused([new().jwks_url(url)]).await;
        assert!(
            message.contains("must be https") || message.contains("is not a URL"),
            "{message}"
        );
    }
    for url in [
        "http://127.0.0.1:1/keys",
        "http://[::1]:1/keys",
        "http://localhost:1/keys",
        "https://login.example.com/",
    ] {
        assert!(
            Gm::builder()
                .accept_jwt(new().jwks_url(url))
                .build()
                .await
                .is_ok(),
            "{url}"
        );
    }
}

#[tokio::test]
async fn an_error_shows_no_password_of_a_url() {
    let message = refused([new().jwks_url("https://user:secret@login.example.com/keys")]).await;
    assert!(!message.contains("secret"), "{message}");
}
