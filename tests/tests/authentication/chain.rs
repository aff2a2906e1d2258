//! The chain of authenticators: the bearer tokens of the builder, and those of an application.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use actix_web::ResponseError as _;
use gm_runtime::Gm;
use gm_runtime::access::Principal;
use gm_runtime::server::{Authenticator, CallerError, Presented, Rejected};
use gm_tests::conformance::TOKEN;

use super::{PRIVATE, PUBLIC, read, serve, subscribe};

/// Accepts the header `x-user`, and rejects the user `mallory`.
struct UserHeader(Arc<AtomicU32>);

impl Authenticator for UserHeader {
    async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        self.0.fetch_add(1, Ordering::Relaxed);
        match presented.header("x-user") {
            None => Ok(None),
            Some("mallory") => Err(Rejected::new("mallory is not welcome")),
            Some("panic") => panic!("a mistake of the application"),
            Some("hang") => pending().await,
            Some("expired") => Ok(Some(Principal::named("late").until(SystemTime::UNIX_EPOCH))),
            Some(user) => Ok(Some(Principal::named(user))),
        }
    }
}

#[tokio::test]
async fn an_authenticator_of_the_application_is_asked_for_rest_and_websocket() {
    let asked = Arc::new(AtomicU32::new(0));
    let service = serve(|builder| builder.authenticator(UserHeader(Arc::clone(&asked)))).await;
    assert_eq!(read(&service, PRIVATE, &[("x-user", "ada")]).await.status, 200);
    assert_eq!(read(&service, PRIVATE, &[]).await.status, 403);
    assert_eq!(subscribe(&service, &[("x-user", "ada")]).await, (101, None));
    assert_eq!(
        subscribe(&service, &[("x-user", "mallory")]).await,
        (101, Some(4401))
    );
    assert_eq!(asked.load(Ordering::Relaxed), 4);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_tokens_of_the_builder_are_found_without_the_other_authenticators() {
    let asked = Arc::new(AtomicU32::new(0));
    let service = serve(|builder| builder.authenticator(UserHeader(Arc::clone(&asked)))).await;
    let token = format!("Bearer {TOKEN}");
    let headers = [("Authorization", &*token), ("x-user", "mallory")];
    assert_eq!(read(&service, PRIVATE, &headers).await.status, 200);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn rejected_credentials_are_answered_401_on_public_resources_too() {
    let service = serve(|builder| builder.authenticator(UserHeader(Arc::default()))).await;
    let response = read(&service, PUBLIC, &[("x-user", "mallory")]).await;
    assert_eq!(response.status, 401);
    assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    let body = String::from_utf8(response.body).unwrap();
    assert!(!body.contains("welcome"), "{body}");
    service.stop().await.unwrap();
}

#[tokio::test]
async fn an_authorization_header_that_no_authenticator_accepts_is_answered_401() {
    let service = serve(|builder| builder.authenticator(UserHeader(Arc::default()))).await;
    for header in ["Bearer someone-else", "Basic Zm9vOmJhcg==", "", "Bearer"] {
        let response = read(&service, PUBLIC, &[("Authorization", header)]).await;
        assert_eq!(response.status, 401, "{header:?}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn two_authorization_headers_are_answered_401() {
    let service = serve(|builder| builder).await;
    let token = format!("Bearer {TOKEN}");
    let twice = [("Authorization", &*token), ("Authorization", &*token)];
    assert_eq!(read(&service, PUBLIC, &twice).await.status, 401);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_principal_whose_credential_has_ended_is_answered_401() {
    let service = serve(|builder| builder.authenticator(UserHeader(Arc::default()))).await;
    let ended = [("x-user", "expired")];
    assert_eq!(read(&service, PUBLIC, &ended).await.status, 401);
    assert_eq!(subscribe(&service, &ended).await, (101, Some(4401)));
    service.stop().await.unwrap();
}

/// An empty name would be that of an authenticated caller.
#[tokio::test]
async fn a_principal_without_a_name_is_answered_401() {
    let service = serve(|builder| builder.authenticator(UserHeader(Arc::default()))).await;
    let nameless = [("x-user", "")];
    assert_eq!(read(&service, PRIVATE, &nameless).await.status, 401);
    assert_eq!(subscribe(&service, &nameless).await, (101, Some(4401)));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn an_authenticator_that_panics_is_answered_503() {
    let service = serve(|builder| builder.authenticator(UserHeader(Arc::default()))).await;
    let panics = [("x-user", "panic")];
    let response = read(&service, PUBLIC, &panics).await;
    assert_eq!(
        (response.status, response.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(subscribe(&service, &panics).await, (503, None));
    assert_eq!(read(&service, PRIVATE, &[("x-user", "ada")]).await.status, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn an_authenticator_that_hangs_is_answered_503_in_its_time() {
    let limit = Duration::from_millis(50);
    let service = serve(|builder| {
        builder
            .authenticator(UserHeader(Arc::default()))
            .authentication_time_limit(limit)
    })
    .await;
    let hangs = [("x-user", "hang")];
    assert_eq!(read(&service, PUBLIC, &hangs).await.status, 503);
    assert_eq!(subscribe(&service, &hangs).await, (503, None));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_route_of_the_application_authenticates_by_the_same_chain() {
    use actix_web::test::TestRequest;
    let gm = Gm::builder()
        .accept_bearer_token("of-ada", "ada")
        .authenticator(UserHeader(Arc::default()));
    let gm = gm.build().await.unwrap();
    let caller = async |name: &'static str, value: &'static str| {
        let request = TestRequest::default()
            .insert_header((name, value))
            .to_http_request();
        gm.caller(&request).await
    };
    assert_eq!(
        caller("authorization", "Bearer of-ada").await,
        Ok(Principal::named("ada"))
    );
    assert_eq!(caller("x-user", "grace").await, Ok(Principal::named("grace")));
    assert_eq!(caller("x-other", "grace").await, Ok(Principal::anonymous()));
    for (user, error, status, header) in [
        ("mallory", CallerError::Rejected, 401, "www-authenticate"),
        ("panic", CallerError::Unavailable, 503, "retry-after"),
    ] {
        assert_eq!(caller("x-user", user).await, Err(error));
        let response = error.error_response();
        assert_eq!(response.status(), status);
        assert!(response.headers().contains_key(header));
    }
}

#[tokio::test]
async fn a_bearer_token_may_have_a_whole_principal() {
    let service = serve(|builder| {
        let bot = Principal::named("bot")
            .with_group("writers")
            .with_claim("tenant", 7);
        builder.accept_bearer_token("of-the-bot", bot)
    })
    .await;
    let headers = [("Authorization", "bearer of-the-bot")];
    assert_eq!(read(&service, PRIVATE, &headers).await.status, 200);
    service.stop().await.unwrap();
}
