//! Credentials of another identity: no answer crosses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::poll;
use gm_runtime::client::{Credential, SubscriptionState};
use gm_tests::credentials::held;

use super::{LIFE, billing, live, make_renewal_due, token_of};
use crate::owner::{QuietThing, Scene, Thing};

/// An answer in flight is sent again, and one in the cache is not served.
#[tokio::test]
async fn an_answer_is_not_served_to_another_identity() {
    let (scene, mut of_ann, calls) = live(billing("one").of("ann")).await;
    scene.rev(1).await;
    make_renewal_due(&scene).await;
    let call = calls.next().await;
    let sent = scene.owner.sent();
    scene.owner.replies.close();
    let mut in_flight = Box::pin(Thing::get(&scene.gm, 2).into_future());
    assert!(poll!(&mut in_flight).is_pending());
    scene.owner.wait_arrived(sent + 1).await;
    call.give(billing("two").of("bob"));
    // The websocket of the former identity ends at once, and the cache with it.
    of_ann.closed().await;
    let mut later = Box::pin(Thing::get(&scene.gm, 2).into_future());
    assert!(poll!(&mut later).is_pending());
    scene.owner.wait_arrived(sent + 2).await;
    scene.owner.replies.open();
    in_flight.await.unwrap();
    later.await.unwrap();
    let seen = scene.owner.authorizations.lock().unwrap()[sent..].to_vec();
    let tokens: Vec<_> = seen.iter().flatten().map(String::as_str).collect();
    assert_eq!(tokens[0], "Bearer one");
    assert!(
        tokens[1..].iter().all(|token| *token == "Bearer two"),
        "{tokens:?}"
    );
    assert_eq!(tokens.len(), 3, "{tokens:?}");
    let next = scene.listener.accept().await;
    assert_eq!(token_of(&next), "Bearer two");
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    assert_eq!(scene.rev(1).await, (1, 1));
    assert_eq!(scene.rev(1).await, (1, 0));
}

#[tokio::test]
async fn without_a_websocket_an_answer_is_not_served_to_another_identity() {
    let (provider, calls) = held();
    let scene = Scene::new(1, |builder| {
        builder.credentials(provider).cache_time_to_live(10 * LIFE)
    })
    .await;
    let token = |claims: &str| {
        let claims = URL_SAFE_NO_PAD.encode(claims);
        Credential::bearer(format!("e30.{claims}.e30")).lasting(LIFE)
    };
    let read = async || QuietThing::get(&scene.gm, 1).await.unwrap();
    let given = [
        (r#"{"sub": "a", "tenant": 7, "jti": "1", "exp": 9999999998}"#, 1),
        // Another token of the same identity.
        (r#"{"sub": "a", "tenant": 7, "jti": "2", "exp": 9999999999}"#, 0),
        // A change of any other claim is a change of identity.
        (r#"{"sub": "a", "tenant": 8, "jti": "3", "exp": 9999999999}"#, 1),
    ];
    for (claims, expected) in given {
        let list = async { QuietThing::query().all(&scene.gm).fresh().await.unwrap() };
        // This request waits for the credential.
        tokio::join!(list, calls.give(token(claims)));
        let before = scene.owner.sent();
        read().await;
        read().await;
        assert_eq!(scene.owner.sent() - before, expected, "{claims}");
        scene.clock.advance(LIFE);
    }
}
