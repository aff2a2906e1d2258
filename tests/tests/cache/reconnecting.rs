//! When a websocket that was lost is asked for again.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gm_runtime::client::{Disconnect, SubscriptionState};

use crate::owner::{Scene, Thing};
use crate::peer::Handshake;

/// The least time between two tries that are made since the owner answers again, and after a stop.
const APART: Duration = Duration::from_millis(2500);

/// It has too much to do, and refuses websockets: each read that is answered would be a try.
#[tokio::test]
async fn an_owner_that_answers_now_and_then_is_asked_seldom_after_a_refusal() {
    let scene = Scene::new(1, |builder| builder).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    scene.door.answer(Handshake::Refuse(404)).await;
    let refused = Instant::now();
    let waits = |state: &SubscriptionState| matches!(state, SubscriptionState::Waiting { .. });
    state.wait_for(waits).await.unwrap();
    let now_and_then = async {
        loop {
            scene.owner.failing.store(503, Ordering::SeqCst);
            Thing::get(&scene.gm, 1).await.unwrap_err();
            scene.owner.failing.store(0, Ordering::SeqCst);
            scene.rev(1).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        () = now_and_then => {}
        _ = scene.door.accept() => {}
    }
    assert!(refused.elapsed() >= APART, "{:?}", refused.elapsed());
}

/// It closes all of its consumers at once.
#[tokio::test]
async fn an_owner_that_stops_is_left_alone_for_longer() {
    let closings = [1001, 1012, 1013].map(|code| async move {
        let (scene, peer) = Scene::live(1).await;
        peer.close(code).await;
        let closed = Instant::now();
        scene.door.accept().await;
        assert!(closed.elapsed() >= APART, "{code}: {:?}", closed.elapsed());
    });
    futures_util::future::join_all(closings).await;
}

/// It said so for another ping interval, while every read asked the owner.
#[tokio::test]
async fn a_subscription_is_not_live_once_the_cache_serves_nothing() {
    let interval = Duration::from_millis(50);
    let (scene, mut peer) = Scene::live_with(1, |builder| {
        builder
            .subscription_ping_interval(interval)
            .max_staleness(interval)
    })
    .await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    peer.answer_pings(false);
    // Nothing is heard for longer than that.
    scene.clock.advance(2 * interval);
    let ended = state.wait_for(|state| !state.is_live()).await.unwrap().clone();
    let reason = Disconnect::PingTimeout;
    assert_eq!(ended, SubscriptionState::Waiting { reason });
    peer.closed().await;
    // Two pings would have to wait for an answer.
    assert!(peer.pinged() < 2, "{}", peer.pinged());
}
