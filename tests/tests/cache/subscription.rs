//! The handle's own subscription: the handshake, the end of the websocket, and the effect of both on the cache.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use gm_runtime::Error;
use gm_runtime::change::Action;
use gm_runtime::client::{Disconnect, SubscriptionState};
use gm_runtime::error::Refusal;

use crate::owner::{Scene, Thing};
use crate::peer::Handshake;

#[tokio::test]
async fn the_handshake_sends_the_token_and_offers_the_events_protocol() {
    let (scene, peer) = Scene::live_with(1, |builder| builder.bearer_token("secret")).await;
    let head = peer.request.to_ascii_lowercase();
    assert!(
        head.starts_with("get /internal/gm/ws/things?version=v1 http/1.1"),
        "{head}"
    );
    assert!(head.contains("\r\nauthorization: bearer secret\r\n"), "{head}");
    assert!(
        head.contains("\r\nsec-websocket-protocol: gm-events-1\r\n"),
        "{head}"
    );
    drop(scene);
}

#[tokio::test]
async fn without_a_websocket_nothing_is_cached() {
    let (scene, peer) = Scene::live(1).await;
    scene.rev(1).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    scene.owner.change(1);
    peer.close(1011).await;
    drop(peer);
    let waiting = state.wait_for(|state| !state.is_live()).await.unwrap().clone();
    assert_eq!(
        waiting,
        SubscriptionState::Waiting {
            reason: Disconnect::Closed(Some(1011))
        }
    );
    assert_eq!(scene.rev(1).await, (2, 1));
    assert_eq!(scene.rev(1).await, (2, 1));
    let _peer = scene.listener.accept().await;
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    // Answers from before the reconnection are not served.
    assert_eq!(scene.rev(1).await, (2, 1));
    assert_eq!(scene.rev(1).await, (2, 0));
    assert_eq!(scene.gm.cache_stats::<Thing>().unwrap().unwrap().opened, 2);
}

#[tokio::test]
async fn unanswered_pings_end_the_websocket() {
    let (scene, mut peer) = Scene::live_with(1, |builder| {
        builder.subscription_ping_interval(Duration::from_millis(20))
    })
    .await;
    peer.answer_pings(false);
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    let waiting = state.wait_for(|state| !state.is_live()).await.unwrap().clone();
    assert_eq!(
        waiting,
        SubscriptionState::Waiting {
            reason: Disconnect::PingTimeout
        }
    );
    peer.closed().await;
}

#[tokio::test]
async fn a_refusal_is_a_state_of_the_subscription() {
    let scene = Scene::new(1, |builder| builder).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    let peer = scene.listener.accept().await;
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    peer.close(4401).await;
    let waiting = state.wait_for(|state| !state.is_live()).await.unwrap().clone();
    assert_eq!(
        waiting,
        SubscriptionState::Waiting {
            reason: Disconnect::Refused(Refusal::Unauthorized)
        }
    );
}

/// The backoff after a refusal is at least a minute.
#[tokio::test]
async fn the_recovery_of_the_owner_ends_a_long_backoff() {
    const SOON: Duration = Duration::from_secs(20);
    let scene = Scene::new(1, |builder| builder).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    scene.listener.answer(Handshake::Refuse(404)).await;
    let waits = |state: &SubscriptionState| matches!(state, SubscriptionState::Waiting { .. });
    state.wait_for(waits).await.unwrap();
    // The owner was reachable before, so this is no recovery.
    scene.rev(1).await;
    scene.owner.failing.store(503, Ordering::SeqCst);
    Thing::get(&scene.gm, 1).await.unwrap_err();
    scene.owner.failing.store(0, Ordering::SeqCst);
    assert!(waits(&state.borrow()));
    scene.rev(1).await;
    let _peer = tokio::time::timeout(SOON, scene.listener.accept()).await.unwrap();
    state.wait_for(SubscriptionState::is_live).await.unwrap();
}

#[tokio::test]
async fn invalid_or_oversized_frames_end_the_websocket() {
    let too_long = [&[0x81, 127][..], &(16_u64 << 20).to_be_bytes(), &[b' '; 100_000]].concat();
    let endless: Vec<u8> = (0..20)
        .flat_map(|piece| {
            let first = if piece == 0 { 0x01 } else { 0x00 };
            [&[first, 126][..], &8000_u16.to_be_bytes(), &[b' '; 8000]].concat()
        })
        .collect();
    let reserved = vec![0xf1, 0];
    let masked = vec![0x81, 0x80, 0, 0, 0, 0];
    for bytes in [too_long, endless, reserved, masked] {
        let (scene, mut peer) = Scene::live(1).await;
        peer.send_bytes(&bytes).await;
        peer.closed().await;
        let mut state = scene.gm.subscription::<Thing>().unwrap();
        state.wait_for(|state| !state.is_live()).await.unwrap();
    }
}

#[tokio::test]
async fn the_websocket_ends_with_the_last_handle() {
    let (scene, mut peer) = Scene::live(1).await;
    let other = scene.gm.clone();
    drop(scene);
    peer.event("update", Some(1)).await;
    drop(other);
    peer.closed().await;
}

#[tokio::test]
async fn a_closed_handle_opens_no_websocket() {
    let scene = Scene::new(1, |builder| builder).await;
    scene.gm.close().await;
    let mut changes = Thing::changes(&scene.gm);
    assert!(changes.next().await.is_none());
    let mut live = Thing::query().watch(&scene.gm);
    // The current rows, and then the end.
    live.next().await.unwrap().unwrap();
    assert!(live.next().await.is_none());
    assert_eq!(
        *scene.gm.subscription::<Thing>().unwrap().borrow(),
        SubscriptionState::Closed
    );
}

#[tokio::test]
async fn closing_the_handle_closes_the_websocket() {
    let (scene, mut peer) = Scene::live(1).await;
    scene.gm.close().await;
    peer.closed().await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    state
        .wait_for(|state| *state == SubscriptionState::Closed)
        .await
        .unwrap();
    scene.rev(1).await;
    assert_eq!(scene.rev(1).await, (1, 1));
}

/// Writes to the service's own rows behave in the same way.
#[tokio::test]
async fn closing_the_handle_waits_for_writes_in_flight_and_refuses_others() {
    let (scene, _peer) = Scene::live(1).await;
    scene.owner.replies.close();
    let thing = Thing::by_id(1);
    let sent = scene.owner.sent();
    let mut update = Box::pin(thing.update().rev(7).exec(&scene.gm));
    assert!((&mut update).now_or_never().is_none());
    scene.owner.wait_arrived(sent + 1).await;
    let mut closing = Box::pin(scene.gm.close());
    assert!((&mut closing).now_or_never().is_none());
    let refused = thing.update().rev(8).exec(&scene.gm).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
    scene.owner.replies.open();
    let (updated, ()) = tokio::join!(update, closing);
    updated.unwrap();
    assert_eq!(scene.owner.sent(), sent + 1);
}

#[tokio::test]
async fn a_panicking_subscriber_does_not_affect_the_others() {
    let (scene, peer) = Scene::live(1).await;
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let _panicking = scene.gm.on_change::<Thing>(|_| panic!("on purpose"));
    let _working = scene.gm.on_change::<Thing>(move |change| {
        let _ = sender.send(change.action());
    });
    peer.event("update", Some(1)).await;
    assert_eq!(received.recv().await, Some(Action::Update));
    peer.event("delete", Some(1)).await;
    assert_eq!(received.recv().await, Some(Action::Delete));
    assert_eq!(scene.gm.cache_stats::<Thing>().unwrap().unwrap().opened, 1);
}
