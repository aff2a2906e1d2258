//! The principal of a token, and its end.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::test::TestRequest;
use gm_runtime::Gm;
use gm_runtime::access::Principal;
use gm_runtime::server::{CallerError, JwtIssuer, Rejected};
use gm_tests::websocket::{Socket, handshake};
use serde_json::{Value as Json, json};

use super::{claims, claims_with, header, issuer, now, serve_with, status};
use crate::{PRIVATE_EVENTS, with};
use gm_tests::signing_keys::SigningKey;

/// Records the last principal.
fn recorded(issuer: JwtIssuer) -> (JwtIssuer, Arc<Mutex<Option<Principal>>>) {
    let last: Arc<Mutex<Option<Principal>>> = Arc::default();
    let issuer = issuer.principal({
        let last = Arc::clone(&last);
        move |principal| {
            *last.lock().unwrap() = Some(principal.clone());
            Ok(principal)
        }
    });
    (issuer, last)
}

#[tokio::test]
async fn claims_become_the_principal_that_the_issuer_says() {
    let key = SigningKey::ed25519();
    let issuer = issuer(&key)
        .name_claim("/user/id")
        .name_prefix("staff:")
        .groups_claim("groups")
        .groups_claim("/realm_access/roles")
        .permissions_claim("scope")
        .permissions_claim("https://example.com/permissions")
        .admin_group("admins")
        .admin_claim("root");
    let (issuer, last) = recorded(issuer);
    let service = serve_with(issuer).await;
    let end = now() + 600;
    let full = claims_with(&json!({
        "exp": end,
        "user": {"id": "grace"},
        "groups": ["agents", 7, null, ["admins"]],
        "realm_access": {"roles": "desk"},
        "scope": "read  write",
        "https://example.com/permissions": ["delete all"],
        "tenant": 7,
        "root": "true",
    }));
    assert_eq!(status(&service, &key.token(&header(&key), &full)).await, 200);
    let principal = last.lock().unwrap().take().unwrap();
    assert_eq!(principal.name(), Some("staff:grace"));
    assert_eq!(principal.groups().collect::<Vec<_>>(), ["agents", "desk"]);
    assert_eq!(
        principal.permissions().collect::<Vec<_>>(),
        ["delete all", "read", "write"]
    );
    assert_eq!(principal.claim("tenant"), Some(&json!(7)));
    assert_eq!(principal.claim("sub"), Some(&json!("ada")));
    assert_eq!(principal.claim("absent"), None);
    assert!(!principal.is_admin());
    assert_eq!(
        principal.ends_at(),
        Some(UNIX_EPOCH + Duration::from_secs(end + 30))
    );
    for admin in [
        json!({"groups": ["admins"]}),
        json!({"groups": "admins"}),
        json!({"root": true}),
    ] {
        let mut claims = claims_with(&admin);
        claims["user"] = json!({"id": "root"});
        assert_eq!(status(&service, &key.token(&header(&key), &claims)).await, 200);
        assert!(last.lock().unwrap().take().unwrap().is_admin(), "{admin}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_makes_no_groups_permissions_or_administrators_by_itself() {
    let key = SigningKey::ed25519();
    let (issuer, last) = recorded(issuer(&key));
    let service = serve_with(issuer).await;
    let claims =
        claims_with(&json!({"groups": ["admins"], "scope": "all", "admin": true, "roles": ["admin"]}));
    assert_eq!(status(&service, &key.token(&header(&key), &claims)).await, 200);
    let principal = last.lock().unwrap().take().unwrap();
    assert!(!principal.is_admin());
    assert_eq!(principal.groups().count() + principal.permissions().count(), 0);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_application_may_reject_a_verified_token() {
    let key = SigningKey::ed25519();
    let issuer = issuer(&key).principal(|principal| match principal.claim("blocked") {
        None => Ok(principal),
        Some(blocked) if blocked == "panic" => panic!("a mistake of the application"),
        Some(_) => Err(Rejected::new("blocked")),
    });
    let service = serve_with(issuer).await;
    for (blocked, expected) in [(json!(null), 200), (json!(true), 401), (json!("panic"), 503)] {
        let token = key.token(&header(&key), &claims_with(&json!({ "blocked": blocked })));
        assert_eq!(status(&service, &token).await, expected, "{blocked}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_remembered_token_ends_at_its_time_and_so_does_its_socket() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key).leeway(Duration::ZERO)).await;
    let token = key.token(&header(&key), &claims_with(&json!({"exp": now() + 3})));
    assert_eq!(status(&service, &token).await, 200);
    let request = with(
        handshake(PRIVATE_EVENTS),
        &[("Authorization", &format!("Bearer {token}"))],
    );
    let (response, mut socket) = Socket::open(service.address, &request).await.unwrap();
    assert_eq!(response.status, 101);
    assert_eq!(
        socket.receive_past_pings().await.unwrap().close_code(),
        Some(4408)
    );
    assert_eq!(status(&service, &token).await, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_revocation_refuses_the_tokens_that_were_issued_before_it() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let of = |name: &str, issued_at: serde_json::Value| {
        let claims = claims_with(&json!({"sub": name, "iat": issued_at}));
        key.token(&header(&key), &claims)
    };
    let before = of("ada", json!(now() - 5));
    assert_eq!(status(&service, &before).await, 200);
    assert_eq!(status(&service, &of("grace", json!(now() - 5))).await, 200);
    let request = with(
        handshake(PRIVATE_EVENTS),
        &[("Authorization", &format!("Bearer {before}"))],
    );
    let (_, mut socket) = Socket::open(service.address, &request).await.unwrap();
    service.gm.revoke("ada");
    assert_eq!(
        socket.receive_past_pings().await.unwrap().close_code(),
        Some(4408)
    );
    assert_eq!(status(&service, &before).await, 401);
    assert_eq!(status(&service, &of("ada", json!(null))).await, 401);
    assert_eq!(status(&service, &of("ada", json!(now() + 10))).await, 200);
    assert_eq!(status(&service, &of("grace", json!(now() - 5))).await, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn other_authenticators_get_tokens_of_other_issuers() {
    use gm_runtime::server::{Authenticator, Presented};
    struct Opaque;
    impl Authenticator for Opaque {
        async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
            Ok(presented
                .bearer_token()
                .filter(|token| token.ends_with("4711"))
                .map(Principal::named))
        }
    }
    let key = SigningKey::ed25519();
    let service = super::serve(|builder| builder.accept_jwt(issuer(&key)).authenticator(Opaque)).await;
    assert_eq!(status(&service, "4711").await, 200);
    assert_eq!(status(&service, "a.b.4711").await, 200);
    assert_eq!(status(&service, &key.token(&header(&key), &claims())).await, 200);
    // A token of this issuer is not passed on.
    let ours = key.token(&header(&key), &claims_with(&json!({"exp": 1})));
    assert_eq!(status(&service, &format!("{ours}4711")).await, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_principal_that_the_application_makes_ends_with_its_token() {
    let key = SigningKey::ed25519();
    let soon = SystemTime::now() + Duration::from_secs(60);
    let issuer = issuer(&key).leeway(Duration::ZERO).principal(move |principal| {
        Ok(match principal.claim("kind").and_then(Json::as_str) {
            Some("anew") => Principal::named("staff"),
            Some("later") => principal.until(SystemTime::now() + Duration::from_secs(1_000_000)),
            Some("earlier") => principal.until(soon),
            Some("nameless") => Principal::named(""),
            Some("anonymous") => Principal::anonymous(),
            _ => principal,
        })
    });
    let gm = Gm::builder().accept_jwt(issuer).build().await.unwrap();
    let end = now() + 3600;
    let at_end = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(end));
    for (kind, expected) in [
        ("same", Ok(at_end)),
        ("anew", Ok(at_end)),
        ("later", Ok(at_end)),
        ("earlier", Ok(Some(soon))),
        ("nameless", Err(CallerError::Rejected)),
        ("anonymous", Err(CallerError::Rejected)),
    ] {
        let token = key.token(&header(&key), &claims_with(&json!({"exp": end, "kind": kind})));
        // The second time it is remembered.
        for _ in 0..2 {
            let request = TestRequest::default().insert_header(("authorization", format!("Bearer {token}")));
            let caller = gm.caller(&request.to_http_request()).await;
            assert_eq!(caller.map(|caller| caller.ends_at()), expected, "{kind}");
        }
    }
}

#[tokio::test]
async fn a_token_from_the_future_does_not_outlive_a_revocation() {
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    let token = key.token(&header(&key), &claims_with(&json!({"iat": 1e300})));
    assert_eq!(status(&service, &token).await, 200);
    service.gm.revoke("ada");
    assert_eq!(status(&service, &token).await, 401);
    service.stop().await.unwrap();
}
