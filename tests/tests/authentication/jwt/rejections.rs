//! The reasons of rejected tokens in the log.

use gm_tests::conformance::Running;
use gm_tests::log;
use gm_tests::signing_keys::SigningKey;
use serde_json::{Value as Json, json};
use tracing_subscriber::filter::LevelFilter;

use super::{ISSUER, claims_with, header, issuer, serve_with, status};

/// The claims with these in place of theirs, and with one that must not be logged.
fn private_claims(other: &Json) -> Json {
    let mut claims = claims_with(other);
    claims["email"] = json!("private-claim");
    claims
}

/// The one line about the rejection of this token.
async fn reason(service: &Running, token: &str) -> String {
    let rejections = || log::lines(&["DEBUG", "gm_runtime", "the credentials are rejected"]);
    let before = rejections().len();
    assert_eq!(status(service, token).await, 401);
    let mut lines = rejections().split_off(before);
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in token.split('.').chain(["private-claim"]) {
        assert_eq!(log::lines(&[part]), Vec::<String>::new());
    }
    lines.remove(0)
}

#[tokio::test]
async fn a_rejection_names_the_issuer_of_the_token_and_those_that_are_accepted() {
    log::keep_from(LevelFilter::DEBUG);
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let of_issuer = |name: &str| key.token(&header(&key), &private_claims(&json!({ "iss": name })));
    let line = reason(&service, &of_issuer("https://login.example.com")).await;
    assert!(line.contains(&format!("[\"{ISSUER}\"]")), "{line}");
    assert!(line.contains("`https://login.example.com`"), "{line}");

    let line = reason(
        &service,
        &of_issuer(&format!("forged\nline{}", "x".repeat(10_000))),
    )
    .await;
    let shown = format!(
        "`forged\\nline{}` and more",
        "x".repeat(128 - "forged\nline".len())
    );
    assert!(line.contains(&shown), "{line}");
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_rejection_says_which_part_of_the_token_does_not_fit() {
    log::keep_from(LevelFilter::DEBUG);
    let (key, other) = (SigningKey::ed25519(), SigningKey::ed25519());
    let service = serve_with(issuer(&key)).await;
    let fitting = private_claims(&json!({}));
    for audience in [json!("private-audience"), json!(null)] {
        let wrong = private_claims(&json!({ "aud": audience }));
        let line = reason(&service, &key.token(&header(&key), &wrong)).await;
        assert!(line.contains(r#"must be one of ["tickets"]"#), "{line}");
        assert!(!line.contains("private-audience"), "{line}");
    }
    let line = reason(&service, &other.token(&header(&other), &fitting)).await;
    assert!(line.contains("the signature is not that of a key"), "{line}");
    assert!(line.contains(ISSUER), "{line}");

    let unknown = json!({"alg": "EdDSA", "kid": "private-key-id"});
    let line = reason(&service, &key.token(&unknown, &fitting)).await;
    assert!(line.contains("has no EdDSA key with the `kid`"), "{line}");
    assert!(
        line.contains(ISSUER) && !line.contains("private-key-id"),
        "{line}"
    );
    service.stop().await.unwrap();
}
