//! Headers of proxies: whom they are believed from, and the address of the client.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use gm_runtime::access::Principal;
use gm_runtime::server::{Authenticator, Presented, Rejected, TrustedProxy};
use gm_runtime::{Error, Gm};

use super::{PRIVATE, PUBLIC, read, serve, subscribe};

/// Records the address of the last client.
#[derive(Clone, Default)]
struct Address(Arc<Mutex<Option<IpAddr>>>);

impl Authenticator for Address {
    async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        *self.0.lock().unwrap() = presented.client_address();
        Ok(None)
    }
}

const TRUSTED: [&str; 2] = ["127.0.0.0/8", "10.0.0.0/8"];
/// The address of the tests is not one of these.
const OTHERS: [&str; 3] = ["10.0.0.0/8", "::1", "128.0.0.1"];

#[tokio::test]
async fn the_user_of_a_trusted_proxy_is_the_caller() {
    let proxy = TrustedProxy::new(TRUSTED)
        .user_header("X-Auth-User")
        .groups_header("x-auth-groups");
    let service = serve(|builder| builder.trusted_proxy(proxy).accept_bearer_token("of-ada", "ada")).await;
    assert_eq!(
        read(&service, PRIVATE, &[("x-auth-user", "ada")]).await.status,
        200
    );
    assert_eq!(subscribe(&service, &[("x-auth-user", "ada")]).await, (101, None));
    // No user, and no name.
    assert_eq!(read(&service, PRIVATE, &[]).await.status, 403);
    assert_eq!(read(&service, PRIVATE, &[("x-auth-user", " ")]).await.status, 403);
    let long = "x".repeat(257);
    for name in [&*long, "\u{e4}da"] {
        assert_eq!(
            read(&service, PUBLIC, &[("x-auth-user", name)]).await.status,
            401,
            "{name}"
        );
    }
    let twice = [("x-auth-user", "ada"), ("x-auth-user", "root")];
    assert_eq!(read(&service, PUBLIC, &twice).await.status, 401);
    // A token counts before the user, and a wrong one is not replaced by the user.
    let wrong = [("Authorization", "Bearer wrong"), ("x-auth-user", "ada")];
    assert_eq!(read(&service, PUBLIC, &wrong).await.status, 401);
    service.stop().await.unwrap();
}

/// Without one of its groups, a caller would be accepted by `!group("blocked")`.
#[tokio::test]
async fn groups_that_are_no_ascii_text_are_answered_401() {
    let proxy = TrustedProxy::new(TRUSTED)
        .user_header("x-auth-user")
        .groups_header("x-auth-groups");
    let service = serve(|builder| builder.trusted_proxy(proxy)).await;
    for (groups, expected) in [
        (&["blocked, desk"][..], 200),
        (&["blocked", "desk"], 200),
        (&["blocked, \u{e4}rzte"], 401),
        (&["blocked", "\u{e4}rzte"], 401),
    ] {
        let groups = groups.iter().map(|groups| ("x-auth-groups", *groups));
        let headers: Vec<_> = groups.chain([("x-auth-user", "ada")]).collect();
        assert_eq!(
            read(&service, PRIVATE, &headers).await.status,
            expected,
            "{headers:?}"
        );
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_user_header_of_an_address_that_is_no_proxy_is_answered_401() {
    let proxy = TrustedProxy::new(OTHERS).user_header("x-auth-user");
    let service = serve(|builder| builder.trusted_proxy(proxy)).await;
    let spoofed = [("x-auth-user", "ada"), ("X-Forwarded-For", "10.0.0.1")];
    assert_eq!(read(&service, PUBLIC, &spoofed).await.status, 401);
    assert_eq!(subscribe(&service, &spoofed).await, (101, Some(4401)));
    assert_eq!(read(&service, PUBLIC, &[]).await.status, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_user_header_without_trusted_proxies_is_ignored() {
    let service = serve(|builder| builder).await;
    assert_eq!(
        read(&service, PRIVATE, &[("x-auth-user", "ada")]).await.status,
        403
    );
    service.stop().await.unwrap();
}

#[tokio::test]
async fn x_forwarded_for_is_believed_from_trusted_proxies_alone() {
    let own = "127.0.0.1";
    let cases: [(&[&str], &[&str], &str); 14] = [
        // The same address in its IPv6 form.
        (&["::ffff:127.0.0.1"], &["203.0.113.7"], "203.0.113.7"),
        (&TRUSTED, &[], own),
        (&TRUSTED, &["203.0.113.7"], "203.0.113.7"),
        (&TRUSTED, &["203.0.113.7:4711"], "203.0.113.7"),
        (&TRUSTED, &["[2001:db8::1]:4711"], "2001:db8::1"),
        (&TRUSTED, &["2001:db8::1"], "2001:db8::1"),
        (&TRUSTED, &["::ffff:203.0.113.7"], "203.0.113.7"),
        // What is before the last address that is not trusted was sent by the client.
        (&TRUSTED, &["6.6.6.6, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        (&TRUSTED, &["6.6.6.6", "203.0.113.7", "10.1.2.3"], "203.0.113.7"),
        (&TRUSTED, &["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        (&TRUSTED, &["6.6.6.6, garbage, 10.1.2.3"], "10.1.2.3"),
        (&TRUSTED, &["\u{e4}\u{f6}"], own),
        (&OTHERS, &["203.0.113.7"], own),
        (&[], &["203.0.113.7"], own),
    ];
    for (trusted, headers, expected) in cases {
        let address = Address::default();
        let service = serve(|builder| {
            builder
                .trusted_proxy(TrustedProxy::new(trusted.iter().copied()))
                .authenticator(address.clone())
        })
        .await;
        let headers: Vec<_> = headers.iter().map(|value| ("X-Forwarded-For", *value)).collect();
        assert_eq!(read(&service, PUBLIC, &headers).await.status, 200);
        assert_eq!(
            *address.0.lock().unwrap(),
            Some(expected.parse().unwrap()),
            "{headers:?}"
        );
        service.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_long_x_forwarded_for_is_read_to_its_limit() {
    let address = Address::default();
    let service = serve(|builder| {
        let proxy = TrustedProxy::new(TRUSTED);
        builder.trusted_proxy(proxy).authenticator(address.clone())
    })
    .await;
    let long = format!("6.6.6.6{}", ",10.0.0.1".repeat(5_000));
    assert_eq!(
        read(&service, PUBLIC, &[("X-Forwarded-For", &long)]).await.status,
        200
    );
    assert_eq!(*address.0.lock().unwrap(), Some("10.0.0.1".parse().unwrap()));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn wrong_proxies_are_refused() {
    let refused = async |proxy: TrustedProxy, words: &str| {
        let built = Gm::builder().trusted_proxy(proxy).build().await;
        assert!(
            matches!(&built, Err(Error::Configuration(message)) if message.contains(words)),
            "{built:?}"
        );
    };
    for address in ["", "proxy", "10.0.0.0/33", "10.0.0/8", "*", "::ffff:10.0.0.0/104"] {
        refused(TrustedProxy::new([address]), "no address or network").await;
    }
    refused(
        TrustedProxy::new(TRUSTED).user_header("x user"),
        "no name of a header",
    )
    .await;
    let twice = Gm::builder()
        .trusted_proxy(TrustedProxy::new(TRUSTED))
        .trusted_proxy(TrustedProxy::new(OTHERS));
    assert!(twice.build().await.is_err());
}
