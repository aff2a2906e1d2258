//! Credentials that end: what the cache still serves.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gm_runtime::Error;
use gm_runtime::client::{Disconnect, SubscriptionState};
use gm_runtime::error::CredentialError;
use gm_tests::credentials::held;

use super::{DUE, LIFE, answer_ping, billing, live, make_renewal_due, pinging};
use crate::owner::{QuietThing, Scene, Thing};

#[tokio::test]
async fn a_cached_answer_is_not_served_past_the_end_of_a_credential() {
    let (scene, _former, calls) = live(billing("one")).await;
    scene.rev(1).await;
    make_renewal_due(&scene).await;
    calls.next().await.fail();
    // The credential holds, although it could not be renewed.
    scene.clock.advance(LIFE - DUE - Duration::from_nanos(1));
    assert_eq!(scene.rev(1).await, (1, 0));
    assert!(scene.gm.cache_stats::<Thing>().unwrap().unwrap().live);
    scene.clock.advance(Duration::from_nanos(1));
    assert!(!scene.gm.cache_stats::<Thing>().unwrap().unwrap().live);
    let read = async { Thing::get(&scene.gm, 1).await };
    let renewals = async {
        // The read and the websocket both need one.
        loop {
            calls.next().await.fail();
        }
    };
    let error = tokio::select! {
        read = read => read.unwrap_err(),
        () = renewals => unreachable!(),
    };
    assert!(
        matches!(&error, Error::Credential(error) if matches!(**error, CredentialError::Other(_))),
        "{error:?}"
    );
    assert!(error.is_retryable() && !error.is_outcome_unknown());
}

/// Without a websocket nothing else would notice.
#[tokio::test]
async fn an_answer_with_a_time_to_live_ends_with_the_credential() {
    let (provider, calls) = held();
    let scene = Scene::new(1, |builder| {
        builder.credentials(provider).cache_time_to_live(10 * LIFE)
    })
    .await;
    let read = async || QuietThing::get(&scene.gm, 1).await.unwrap();
    tokio::join!(read(), calls.give(billing("one")));
    read().await;
    assert_eq!(scene.owner.sent(), 1);
    scene.clock.advance(LIFE);
    // Waits for the provider, and the answer is cached again.
    tokio::join!(read(), calls.give(billing("two")));
    read().await;
    assert_eq!(scene.owner.sent(), 2);
    scene.clock.advance(DUE);
    QuietThing::query().all(&scene.gm).await.unwrap();
    calls.give(billing("three")).await;
    // The renewal is done once its token is sent.
    while scene
        .owner
        .authorizations
        .lock()
        .unwrap()
        .last()
        .unwrap()
        .as_deref()
        != Some("Bearer three")
    {
        QuietThing::query().all(&scene.gm).fresh().await.unwrap();
    }
    let sent = scene.owner.sent();
    scene.clock.advance(LIFE - DUE);
    read().await;
    assert_eq!(scene.owner.sent(), sent);
}

/// The owner's clock decides whether a token is accepted, and this one whether an answer is served.
#[tokio::test]
async fn an_answer_ends_with_a_json_web_token_that_is_never_renewed() {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let token = |end: Duration| {
        let claims = format!(r#"{{"exp": {}}}"#, end.as_secs());
        ["e30", &URL_SAFE_NO_PAD.encode(claims), "c2lnbmF0dXJl"].join(".")
    };
    let reads = async |token: String| {
        let scene = Scene::new(1, |builder| {
            builder.bearer_token(token).cache_time_to_live(10 * LIFE)
        })
        .await;
        let read = async || {
            let before = scene.owner.sent();
            QuietThing::get(&scene.gm, 1).await.unwrap();
            scene.owner.sent() - before
        };
        let mut sent = vec![read().await, read().await];
        scene.clock.advance(LIFE);
        sent.extend([read().await, read().await]);
        sent
    };
    assert_eq!(reads(token(time + LIFE / 2)).await, [1, 0, 1, 1]);
    assert_eq!(reads(token(time + 3 * LIFE)).await, [1, 0, 0, 0]);
    // It has ended, and an owner whose clock is behind accepts it.
    assert_eq!(reads(token(time - LIFE)).await, [1, 1, 1, 1]);
    assert_eq!(reads("opaque".to_owned()).await, [1, 0, 0, 0]);
}

/// A provider may extend the life of a token.
#[tokio::test]
async fn the_websocket_lives_on_with_a_token_that_is_given_again() {
    let (scene, mut peer, calls) = pinging(billing("one")).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    state.mark_unchanged();
    scene.clock.advance(DUE);
    let call = calls.next().await;
    // A rejected request waits for the end of the call.
    let answered = scene.owner.sent() + 1;
    scene.owner.failing.store(401, Ordering::SeqCst);
    let read = async { QuietThing::get(&scene.gm, 1).fresh().await };
    let give = async {
        scene.owner.wait_answered(answered).await;
        call.give(billing("one"));
    };
    let (rejected, ()) = tokio::join!(read, give);
    assert!(rejected.is_err());
    // The first end has passed, and the second one has not.
    peer.answer_pings(false);
    scene.clock.advance(DUE);
    calls.give(billing("one")).await;
    let ping = peer.ping().await;
    answer_ping(&peer, &ping).await;
    assert!(!state.has_changed().unwrap());
}

#[tokio::test]
async fn the_websocket_ends_with_its_credential() {
    let (scene, mut peer, calls) = pinging(billing("one")).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    scene.clock.advance(LIFE);
    let failing = async {
        loop {
            calls.next().await.fail();
        }
    };
    let without = |state: &SubscriptionState| {
        matches!(
            state,
            SubscriptionState::Waiting {
                reason: Disconnect::NoCredential(_)
            }
        )
    };
    tokio::select! {
        ended = state.wait_for(without) => drop(ended.unwrap()),
        () = failing => unreachable!(),
    }
    peer.closed().await;
}
