//! Tokens of the right key whose header or claims are wrong.

use gm_runtime::server::Rejected;
use gm_tests::log;
use serde_json::{Value as Json, json};
use tracing_subscriber::filter::LevelFilter;

use super::{claims, claims_with, header, issuer, now, serve_with, status};
use gm_tests::signing_keys::{SigningKey, encode};

#[tokio::test]
async fn a_token_without_a_required_claim_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    for name in ["exp", "aud", "iss", "sub"] {
        let token = key.token(&header(&key), &claims_with(&json!({ name: null })));
        assert_eq!(status(&service, &token).await, 401, "{name}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn an_expired_token_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    for end in [json!(now() - 60), json!(0), json!(1), json!(0.5)] {
        let token = key.token(&header(&key), &claims_with(&json!({"exp": end})));
        assert_eq!(status(&service, &token).await, 401, "{end}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_not_valid_yet_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let token = key.token(&header(&key), &claims_with(&json!({"nbf": now() + 600})));
    assert_eq!(status(&service, &token).await, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn claims_of_the_wrong_type_are_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let later = (now() + 3600).to_string();
    // As text, since some of them can't be written otherwise.
    let wrong = [
        r#""exp": null"#.to_owned(),
        r#""exp": true"#.to_owned(),
        r#""exp": "tomorrow""#.to_owned(),
        r#""exp": -1"#.to_owned(),
        r#""exp": 1e300"#.to_owned(),
        r#""exp": 1e999"#.to_owned(),
        r#""exp": 18446744073709551615"#.to_owned(),
        format!(r#""exp": "{later}""#),
        format!(r#""exp": [{later}]"#),
        format!(r#""exp": {{"$serde_json::private::Number": "{later}"}}"#),
        r#""nbf": null"#.to_owned(),
        r#""nbf": "now""#.to_owned(),
        r#""nbf": 1e300"#.to_owned(),
        r#""nbf": -1"#.to_owned(),
        r#""iat": "now""#.to_owned(),
        r#""iss": ["https://login.example.com/"]"#.to_owned(),
        r#""iss": 7"#.to_owned(),
        r#""iss": null"#.to_owned(),
        r#""aud": null"#.to_owned(),
        r#""aud": 7"#.to_owned(),
        r#""aud": {"tickets": true}"#.to_owned(),
        r#""aud": []"#.to_owned(),
        r#""aud": [7]"#.to_owned(),
        r#""sub": null"#.to_owned(),
        r#""sub": """#.to_owned(),
        r#""sub": 7"#.to_owned(),
        r#""sub": ["ada"]"#.to_owned(),
        r#""sub": "a\u0000b""#.to_owned(),
        r#""sub": "a\nb""#.to_owned(),
        format!(r#""sub": "{}""#, "x".repeat(257)),
    ];
    for wrong in wrong {
        let name = wrong.split('"').nth(1).unwrap();
        let rest = claims_with(&json!({ name: null })).to_string();
        let payload = format!("{},{wrong}}}", rest.strip_suffix('}').unwrap());
        let token = key.token_of(&header(&key).to_string(), &payload);
        assert_eq!(status(&service, &token).await, 401, "{wrong}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_payload_that_is_no_object_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for payload in [
        "",
        "null",
        "[]",
        "7",
        "\"text\"",
        "{",
        "{}",
        "{}{}",
        "\u{feff}{}",
        &deep,
    ] {
        let token = key.token_of(&header(&key).to_string(), payload);
        assert_eq!(status(&service, &token).await, 401, "{payload:.20}");
    }
    let not_utf8 = format!("{}.{}.AA", encode(header(&key).to_string()), encode([0xff, 0xfe]));
    assert_eq!(status(&service, &not_utf8).await, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_malformed_header_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let headers = [
        r#"{"alg": 7}"#,
        r#"{"alg": null, "kid": "first"}"#,
        r#"{"alg": ["EdDSA"]}"#,
        r#"{"kid": "first"}"#,
        r#"{"alg": "EdDSA", "kid": 7}"#,
        r#"{"alg": "EdDSA", "kid": null}"#,
        r#"{"alg": "EdDSA", "kid": ["first"]}"#,
        r#"{"alg": "EdDSA", "typ": 7}"#,
        "[]",
        "null",
        "",
    ];
    for header in headers {
        assert_eq!(
            status(&service, &key.token_of(header, &claims().to_string())).await,
            401,
            "{header}"
        );
    }
    service.stop().await.unwrap();
}

/// RFC 7515, 4.1.11: an extension that is not understood.
#[tokio::test]
async fn a_critical_extension_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let headers = [
        json!({"alg": "EdDSA", "crit": ["exp"], "exp": 1}),
        json!({"alg": "EdDSA", "crit": ["b64"], "b64": false}),
        json!({"alg": "EdDSA", "crit": ["b64"], "b64": true}),
        json!({"alg": "EdDSA", "b64": false}),
        json!({"alg": "EdDSA", "crit": null}),
        json!({"alg": "EdDSA", "crit": []}),
    ];
    for header in headers {
        assert_eq!(
            status(&service, &key.token(&header, &claims())).await,
            401,
            "{header}"
        );
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_key_id_that_is_a_path_or_sql_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let ids = [
        "../../../../../../dev/null",
        "/etc/passwd",
        "file:///dev/null",
        "first' OR '1'='1",
        "'; DROP TABLE keys; --",
        "first\u{0}",
        "",
        "http://127.0.0.1:1/keys",
    ];
    for id in ids {
        let token = key.token(&json!({"alg": "EdDSA", "kid": id}), &claims());
        assert_eq!(status(&service, &token).await, 401, "{id:?}");
        // As if the file were empty.
        let forger = SigningKey::Secret(Vec::new());
        let token = forger.token(&json!({"alg": "HS256", "kid": id}), &claims());
        assert_eq!(status(&service, &token).await, 401, "{id:?}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_of_100_kb_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let long = claims_with(&json!({"long": "x".repeat(75_000)}));
    let token = key.token(&header(&key), &long);
    assert!(token.len() > 100_000);
    assert_eq!(status(&service, &token).await, 401);
    // The longest token that is accepted, and one byte more.
    let of_length = |length: usize| {
        let mut text = String::new();
        loop {
            let token = key.token(&header(&key), &claims_with(&json!({ "long": &text })));
            if token.len() >= length {
                return token;
            }
            text.push_str(&"x".repeat(((length - token.len()) * 3 / 4).max(1)));
        }
    };
    assert_eq!(status(&service, &of_length(16 * 1024 - 3)).await, 200);
    assert_eq!(status(&service, &of_length(16 * 1024 + 1)).await, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn no_token_and_no_raw_name_is_logged() {
    log::keep_from(LevelFilter::TRACE);
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let wrong: [(Json, Json); 4] = [
        (header(&key), claims()),
        (header(&key), claims_with(&json!({"exp": 1}))),
        (json!({"alg": "EdDSA", "kid": "forged\nline"}), claims()),
        (header(&key), claims_with(&json!({"sub": "forged\nline"}))),
    ];
    for (header, claims) in wrong {
        let token = key.token(&header, &claims);
        status(&service, &token).await;
        for part in token.split('.') {
            assert_eq!(log::lines(&[part]), Vec::<String>::new());
        }
    }
    assert_eq!(log::lines(&["forged"]), Vec::<String>::new());
    assert!(!log::lines(&["the token has expired"]).is_empty());
    service.stop().await.unwrap();
}

/// A caller that can write one claim of its tokens, as with the metadata of a user, must not remove the others. The rule
/// `!group("blocked")` would accept it.
#[tokio::test]
async fn a_claim_that_can_not_be_held_removes_no_group() {
    let key = SigningKey::ed25519();
    let issuer = issuer(&key)
        .groups_claim("groups")
        .permissions_claim("/access/scope")
        .admin_claim("root")
        .principal(|principal| match principal.is_in_group("blocked") {
            true => Err(Rejected::new("blocked")),
            false => Ok(principal),
        });
    let service = serve_with(issuer).await;
    let (start, header) = (claims().to_string(), header(&key).to_string());
    let start = start.strip_suffix('}').unwrap();
    // They take little text and much memory.
    let (objects, lists) = (["{}"; 1_500].join(","), ["[]"; 3_500].join(","));
    let cases = [
        (r#""groups": ["desk"]"#.to_owned(), 200),
        (r#""groups": ["blocked"]"#.to_owned(), 401),
        // Of a repeated claim the last one counts.
        (r#""groups": ["blocked"], "groups": ["desk"]"#.to_owned(), 200),
        (
            r#""groups": ["desk"], "\u0067roups": ["blocked"]"#.to_owned(),
            401,
        ),
        (r#""groups": ["blocked", 1e400]"#.to_owned(), 401),
        (r#""groups": ["blocked", 0.12345678901234567890]"#.to_owned(), 401),
        (r#""groups": ["desk"], "groups": [1e400]"#.to_owned(), 401),
        (r#""groups": [1e400], "groups": ["desk"]"#.to_owned(), 200),
        (
            r#""access": {"scope": "blocked", "level": 1e400}"#.to_owned(),
            401,
        ),
        (r#""root": 1e400"#.to_owned(), 401),
        // No setting reads this claim.
        (r#""groups": ["desk"], "level": 1e400"#.to_owned(), 200),
        (format!(r#""metadata": [{objects}], "groups": ["blocked"]"#), 401),
        (format!(r#""metadata": [{lists}], "groups": ["blocked"]"#), 401),
        (format!(r#""metadata": [{objects}], "groups": ["desk"]"#), 401),
    ];
    for (more, expected) in cases {
        let token = key.token_of(&header, &format!("{start}, {more}}}"));
        let shown = more.get(..60).unwrap_or(&more);
        assert_eq!(status(&service, &token).await, expected, "{shown}");
    }
    service.stop().await.unwrap();
}

/// Any other spelling of a token that is accepted would be a token that no revocation and no log names.
#[tokio::test]
async fn another_spelling_of_a_token_is_answered_401() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let token = key.token(&header(&key), &claims());
    assert_eq!(status(&service, &token).await, 200);
    let parts: Vec<&str> = token.split('.').collect();
    let [head, payload, signature] = parts[..] else {
        panic!("{token}");
    };
    let spellings = [
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{head}.{payload}"),
        format!("{head}.{payload}."),
        format!("{head}..{payload}.{signature}"),
        format!("{head}=.{payload}.{signature}"),
        format!("{head}.{payload}=.{signature}"),
        format!("{token}="),
        format!("{token}=="),
        format!("{token} x"),
        format!("x {token}"),
        format!("{head}. {payload}.{signature}"),
        format!("{head}.{payload}.{payload}.{signature}"),
        token.to_uppercase(),
    ];
    for spelling in spellings {
        assert_eq!(status(&service, &spelling).await, 401, "{spelling}");
    }
    let spelled = |text: &str| {
        let signed = key.token_of(text, &claims().to_string());
        signed.replace(|character: char| character.is_control(), "")
    };
    for (header, expected) in [
        (r#" { "alg" : "EdDSA" } "#, 200),
        (r#"{"alg":"none","alg":"EdDSA"}"#, 200),
        (r#"{"alg":"EdDSA","alg":"none"}"#, 401),
        (r#"{"alg":"EdDSA","\u0061lg":"HS256"}"#, 401),
        (r#"{"ALG":"EdDSA"}"#, 401),
        (r#"{"alg":"eddsa"}"#, 401),
        (r#"{"alg":"EdDSA","crit":[],"crit":null}"#, 401),
        (r#"{"alg":"EdDSA","\u0063rit":["x"]}"#, 401),
        (r#"{"alg":"EdDSA","b64":true}"#, 200),
        (r#"{"alg":"EdDSA","b64":true,"b64":false}"#, 401),
        (r#"{"alg":"EdDSA"}{}"#, 401),
        (r#"[{"alg":"EdDSA"}]"#, 401),
        ("{\"alg\":\"EdDSA\"}\u{0}", 401),
        ("\u{feff}{\"alg\":\"EdDSA\"}", 401),
    ] {
        assert_eq!(status(&service, &spelled(header)).await, expected, "{header:?}");
    }
    service.stop().await.unwrap();
}
