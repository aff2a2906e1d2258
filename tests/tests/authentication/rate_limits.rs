//! Rate limits of a running service: whom they count, and what the callers get.

use gm_runtime::server::{RateLimit, TrustedProxy};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::raw::Response;

use super::{PRIVATE, PUBLIC, read, serve, subscribe};

/// The test is over long before a request is accepted again.
const TWICE: RateLimit = RateLimit::per_minute(1).burst(2);

const ADA: (&str, &str) = ("Authorization", "Bearer of-ada");
const BOB: (&str, &str) = ("Authorization", "Bearer of-bob");
const WRONG: (&str, &str) = ("Authorization", "Bearer wrong");

/// The response is the contract's, and says nothing but when to come again.
fn assert_limited(response: &Response) {
    assert_eq!(response.status, 429);
    let body = response.json();
    assert_eq!(body["error_code"], "rate_limited");
    assert_eq!(body["error"], "Too many requests.");
    assert!(body["details"].is_null(), "{body}");
    assert_eq!(
        body["metadata"]["request_id"],
        response.header("x-request-id").unwrap()
    );
    let seconds: u64 = response.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn two_principals_do_not_share_a_limit() {
    let service = serve(|builder| {
        builder
            .accept_bearer_token("of-ada", "ada")
            .accept_bearer_token("other-of-ada", "ada")
            .accept_bearer_token("of-bob", "bob")
            .rate_limit_per_principal(TWICE)
    })
    .await;
    assert_eq!(read(&service, PRIVATE, &[ADA]).await.status, 200);
    // A principal is its name, not its token.
    let other = ("Authorization", "Bearer other-of-ada");
    assert_eq!(read(&service, PRIVATE, &[other]).await.status, 200);
    assert_limited(&read(&service, PRIVATE, &[ADA]).await);
    assert_limited(&read(&service, PRIVATE, &[other]).await);
    // Another resource, and a row that does not exist.
    assert_limited(&read(&service, PUBLIC, &[ADA]).await);
    assert_limited(&read(&service, "/internal/gm/projects/999", &[ADA]).await);
    assert_eq!(subscribe(&service, &[ADA]).await, (429, None));
    assert_eq!(read(&service, PRIVATE, &[BOB]).await.status, 200);
    // Anonymous callers, and callers who are not known, have limits of their own.
    assert_eq!(read(&service, PUBLIC, &[]).await.status, 200);
    for _ in 0..3 {
        assert_eq!(read(&service, PUBLIC, &[WRONG]).await.status, 401);
    }
    assert_eq!(read(&service, PUBLIC, &[]).await.status, 200);
    assert_limited(&read(&service, PUBLIC, &[]).await);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn wrong_tokens_are_limited_by_address_before_they_are_checked() {
    let service = serve(|builder| {
        builder
            .accept_bearer_token("of-ada", "ada")
            .rate_limit_per_address(TWICE)
    })
    .await;
    // What the URL alone refuses is not counted.
    for _ in 0..3 {
        assert_eq!(
            read(&service, "/internal/gm/projects/query", &[WRONG])
                .await
                .status,
            405
        );
        assert_eq!(
            read(&service, "/internal/gm/unknown/1", &[WRONG]).await.status,
            404
        );
        let version = ("X-General-Manager-Protocol-Version", "v9");
        assert_eq!(read(&service, PUBLIC, &[WRONG, version]).await.status, 400);
    }
    assert_eq!(read(&service, PUBLIC, &[WRONG]).await.status, 401);
    assert_eq!(subscribe(&service, &[WRONG]).await, (101, Some(4401)));
    // The credentials are not checked any more.
    assert_limited(&read(&service, PUBLIC, &[WRONG]).await);
    assert_limited(&read(&service, PRIVATE, &[ADA]).await);
    assert_eq!(subscribe(&service, &[WRONG]).await, (429, None));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_address_is_the_one_that_a_trusted_proxy_names() {
    let service = serve(|builder| {
        builder
            .trusted_proxy(TrustedProxy::new(["127.0.0.1"]))
            .rate_limit_per_principal(TWICE)
    })
    .await;
    let from = async |address: &str| read(&service, PUBLIC, &[("X-Forwarded-For", address)]).await;
    for address in ["203.0.113.7", "203.0.113.8"] {
        assert_eq!(from(address).await.status, 200);
        assert_eq!(from(&format!("6.6.6.6, {address}")).await.status, 200);
        assert_limited(&from(address).await);
        assert_limited(&from(&format!("6.6.6.7, {address}")).await);
    }
    // The addresses of one network.
    for host in 1..=2 {
        assert_eq!(from(&format!("2001:db8::{host}")).await.status, 200);
    }
    assert_limited(&from("2001:db8::3").await);
    assert_eq!(from("2001:db8:0:1::1").await.status, 200);
    service.stop().await.unwrap();

    // From any other peer the header says nothing.
    let service = serve(|builder| builder.rate_limit_per_principal(TWICE)).await;
    let from = async |address: &str| read(&service, PUBLIC, &[("X-Forwarded-For", address)]).await;
    assert_eq!(from("203.0.113.7").await.status, 200);
    assert_eq!(from("203.0.113.8").await.status, 200);
    assert_limited(&from("203.0.113.9").await);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn new_websockets_have_a_limit_of_their_own() {
    let service = serve(|builder| {
        builder
            .accept_bearer_token("of-ada", "ada")
            .accept_bearer_token("of-bob", "bob")
            .rate_limit_of_subscriptions(TWICE)
    })
    .await;
    for _ in 0..2 {
        assert_eq!(subscribe(&service, &[ADA]).await, (101, None));
    }
    assert_eq!(subscribe(&service, &[ADA]).await, (429, None));
    assert_eq!(subscribe(&service, &[BOB]).await, (101, None));
    // A caller who may not read is counted, too.
    for _ in 0..2 {
        assert_eq!(subscribe(&service, &[]).await, (101, Some(4401)));
    }
    assert_eq!(subscribe(&service, &[]).await, (429, None));
    for _ in 0..5 {
        assert_eq!(read(&service, PRIVATE, &[ADA]).await.status, 200);
    }
    service.stop().await.unwrap();
}

/// A row of the service of the recorded cases.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    resource = "projects",
    base_path = "/internal/gm"
)]
struct RemoteProject {
    #[field(id)]
    id: i64,
    name: String,
}

#[tokio::test]
async fn a_consumer_waits_as_long_as_the_owner_says() {
    let service = serve(|builder| builder.rate_limit_per_principal(RateLimit::per_second(1))).await;
    let consumer = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", service.address))
        .retries(2)
        .build()
        .await
        .unwrap();
    // The second read is accepted only after a second.
    for _ in 0..2 {
        assert_eq!(RemoteProject::get(&consumer, 1).await.unwrap().id, 1);
    }
    let hasty = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", service.address))
        .retries(0)
        .build()
        .await
        .unwrap();
    let refused = RemoteProject::get(&hasty, 1).await.unwrap_err();
    assert_eq!(refused.remote().unwrap().status(), 429);
    service.stop().await.unwrap();
}
