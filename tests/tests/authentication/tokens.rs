//! Tokens that are known by their hash: of the builder and of a file, as bearer tokens and as API keys.

use std::path::Path;
use std::time::Duration;

use gm_runtime::access::Principal;
use gm_runtime::{Error, Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::log;
use gm_tests::websocket::{Socket, handshake};
use ring::digest;
use serde_json::{Value as Json, json};

use super::{PRIVATE, PRIVATE_EVENTS, PUBLIC, read, serve, with};

fn hash(token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn status(service: &Running, header: (&str, &str)) -> u16 {
    read(service, PRIVATE, &[header]).await.status
}

async fn refused(builder: GmBuilder) -> String {
    match builder.build().await {
        Err(Error::Configuration(message)) => message,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

/// Replaces the file as a whole, as a program should.
fn write(path: &Path, tokens: &Json) {
    let new = path.with_extension("new");
    std::fs::write(&new, json!({ "tokens": tokens }).to_string()).unwrap();
    std::fs::rename(new, path).unwrap();
}

/// Waits until the header is answered with this status.
async fn becomes(service: &Running, header: (&str, &str), expected: u16) {
    let becomes = async {
        while status(service, header).await != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), becomes)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_token_is_accepted_by_its_hash() {
    let service = serve(|builder| builder.accept_token_hash(hash("of-ada").to_uppercase(), "ada")).await;
    assert_eq!(status(&service, ("Authorization", "Bearer of-ada")).await, 200);
    assert_eq!(status(&service, ("Authorization", "Bearer of-adb")).await, 401);
    // The hash itself is no token.
    assert_eq!(
        status(&service, ("Authorization", &format!("Bearer {}", hash("of-ada")))).await,
        401
    );
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_is_accepted_as_an_api_key_in_the_header_of_choice() {
    let service = serve(|builder| {
        builder
            .accept_bearer_token("of-ada", "ada")
            .accept_token_hash(hash("of-grace"), "grace")
            .api_key_header("X-Api-Key")
    })
    .await;
    for (header, expected) in [
        (("x-api-key", "of-ada"), 200),
        (("X-API-KEY", "of-grace"), 200),
        (("x-api-key", "of-nobody"), 401),
        (("x-api-key", ""), 401),
        (("x-api-key", "Bearer of-ada"), 401),
        (("x-key", "of-ada"), 403),
    ] {
        assert_eq!(status(&service, header).await, expected, "{header:?}");
    }
    let twice = [("x-api-key", "of-ada"), ("x-api-key", "of-ada")];
    assert_eq!(read(&service, PUBLIC, &twice).await.status, 401);
    service.stop().await.unwrap();
}

/// One of them would be ignored, be it wrong, ended or revoked.
#[tokio::test]
async fn an_api_key_beside_a_token_is_answered_401() {
    let service = serve(|builder| {
        builder
            .accept_bearer_token("of-ada", "ada")
            .accept_bearer_token("of-grace", "grace")
            .api_key_header("x-api-key")
    })
    .await;
    for (token, key) in [
        ("Bearer of-ada", "of-grace"),
        ("Bearer of-ada", "of-nobody"),
        ("Bearer of-nobody", "of-grace"),
        ("Basic Zm9vOmJhcg==", "of-grace"),
    ] {
        let both = [("Authorization", token), ("x-api-key", key)];
        assert_eq!(read(&service, PUBLIC, &both).await.status, 401, "{both:?}");
    }
    service.stop().await.unwrap();
}

/// The thread that looks at the file would wait for a writer, and never again notice a removed token.
#[cfg(unix)]
#[tokio::test]
async fn a_named_pipe_is_no_token_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let message = refused(Gm::builder().token_file(&path)).await;
    assert!(message.contains("no regular file"), "{message}");
}

#[tokio::test]
async fn a_file_has_whole_principals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let tokens = json!([
        {"sha256": hash("full"), "name": "billing", "groups": ["writers"], "permissions": ["invoices"], "admin": true,
         "claims": {"tenant": 7}, "ends_at": "2200-01-31T12:00:00Z"},
        {"sha256": hash("ended"), "name": "late", "ends_at": "2020-01-31T12:00:00+01:00"},
    ]);
    write(&path, &tokens);
    let service = serve(|builder| builder.token_file(&path)).await;
    assert_eq!(status(&service, ("Authorization", "Bearer full")).await, 200);
    assert_eq!(status(&service, ("Authorization", "Bearer ended")).await, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_changed_file_is_read_again_and_a_removed_token_ends_its_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let ada = json!({"sha256": hash("of-ada"), "name": "ada"});
    let grace = json!({"sha256": hash("of-grace"), "name": "grace"});
    write(&path, &json!([ada, grace]));
    let service = serve(|builder| builder.token_file(&path)).await;
    let mut sockets = Vec::new();
    for token in ["Bearer of-ada", "Bearer of-grace"] {
        let request = with(handshake(PRIVATE_EVENTS), &[("Authorization", token)]);
        let (response, socket) = Socket::open(service.address, &request).await.unwrap();
        assert_eq!(response.status, 101);
        sockets.push(socket);
    }
    write(&path, &json!([grace, {"sha256": hash("new"), "name": "hopper"}]));
    becomes(&service, ("Authorization", "Bearer of-ada"), 401).await;
    assert_eq!(status(&service, ("Authorization", "Bearer new")).await, 200);
    assert_eq!(
        sockets[0].receive_past_pings().await.unwrap().close_code(),
        Some(4408)
    );
    assert_eq!(sockets[1].pending().await.unwrap(), []);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_bad_file_keeps_the_old_tokens_and_is_logged() {
    log::keep();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    write(&path, &json!([{"sha256": hash("of-ada"), "name": "ada"}]));
    let service = serve(|builder| builder.token_file(&path)).await;
    let logged = async |words: &str| {
        let logged = async {
            while log::lines(&["the present tokens stay", words]).is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), logged)
            .await
            .unwrap();
    };
    std::fs::write(&path, "{\"tokens\": [").unwrap();
    logged("is not JSON").await;
    assert_eq!(status(&service, ("Authorization", "Bearer of-ada")).await, 200);
    std::fs::remove_file(&path).unwrap();
    logged("can't be read").await;
    assert_eq!(status(&service, ("Authorization", "Bearer of-ada")).await, 200);
    write(&path, &json!([]));
    becomes(&service, ("Authorization", "Bearer of-ada"), 401).await;
    assert_eq!(log::lines(&[&hash("of-ada")]), Vec::<String>::new());
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let hash = hash("of-ada");
    let of = |entry: Json| json!({ "tokens": [entry] }).to_string();
    let wrong = [
        (String::new(), "not JSON"),
        ("[]".to_owned(), "no JSON object"),
        ("{}".to_owned(), "no `tokens`"),
        (json!({"tokens": {}}).to_string(), "no list"),
        (json!({"tokens": [], "token": []}).to_string(), "unknown"),
        (of(json!(7)), "expected an object"),
        (of(json!({"name": "ada"})), "`sha256` is missing"),
        (of(json!({"sha256": "abc", "name": "ada"})), "64 hexadecimal"),
        (
            of(json!({"sha256": "+".repeat(64), "name": "ada"})),
            "64 hexadecimal",
        ),
        (of(json!({"sha256": hash})), "`name` is missing"),
        (of(json!({"sha256": hash, "name": ""})), "is empty"),
        (of(json!({"sha256": hash, "name": "a\nb"})), "control"),
        (
            of(json!({"sha256": hash, "name": "ada", "group": ["x"]})),
            "unknown",
        ),
        (
            of(json!({"sha256": hash, "name": "ada", "groups": "x"})),
            "wrong type",
        ),
        (
            of(json!({"sha256": hash, "name": "ada", "groups": [7]})),
            "no text",
        ),
        (
            of(json!({"sha256": hash, "name": "ada", "admin": "yes"})),
            "wrong type",
        ),
        (
            of(json!({"sha256": hash, "name": "ada", "ends_at": "tomorrow"})),
            "no time",
        ),
        (
            of(json!({"sha256": hash, "name": "ada", "ends_at": null})),
            "wrong type",
        ),
        (
            json!({"tokens": [{"sha256": hash, "name": "a"}, {"sha256": hash, "name": "b"}]}).to_string(),
            "the same `sha256`",
        ),
    ];
    for (text, words) in wrong {
        std::fs::write(&path, &text).unwrap();
        let message = refused(Gm::builder().token_file(&path)).await;
        assert!(message.contains(words), "{text}: {message}");
        assert!(!message.contains(&hash), "{message}");
    }
    let missing = Gm::builder().token_file(folder.path().join("nothing"));
    assert!(refused(missing).await.contains("can't be read"));
}

#[tokio::test]
async fn wrong_hashes_and_headers_are_refused() {
    let gm = Gm::builder;
    assert!(
        refused(gm().accept_token_hash("abc", "ada"))
            .await
            .contains("64 hexadecimal")
    );
    assert!(
        refused(gm().accept_token_hash(hash("a"), ""))
            .await
            .contains("can't be the name")
    );
    let anonymous = gm().accept_token_hash(hash("a"), Principal::anonymous());
    assert!(refused(anonymous).await.contains("can't be the name"));
    let twice = gm()
        .accept_token_hash(hash("a"), "ada")
        .accept_token_hash(hash("a"), "grace");
    assert!(refused(twice).await.contains("same token"));
    for name in ["Authorization", "", "x api key", "x:key"] {
        assert!(
            refused(gm().api_key_header(name)).await.contains("API keys"),
            "{name}"
        );
    }
}
