//! The reconnect loop: when a lost websocket is opened again.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gm_runtime::client::{Disconnect, SubscriptionState};
use gm_tests::log;

use crate::owner::{Scene, Thing};
use crate::peer::Handshake;

/// The least time between two attempts after a recovery of the owner, and after its shutdown.
const APART: Duration = Duration::from_millis(2500);

/// An overloaded owner refuses websockets, and each successful read would cause an attempt.
#[tokio::test]
async fn an_owner_that_answers_now_and_then_gets_few_attempts_after_a_refusal() {
    let scene = Scene::new(1, |builder| builder).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    scene.listener.answer(Handshake::Refuse(404)).await;
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
        _ = scene.listener.accept() => {}
    }
    assert!(refused.elapsed() >= APART, "{:?}", refused.elapsed());
}

/// A shutdown closes all websockets at once.
#[tokio::test]
async fn the_backoff_is_longer_after_the_owner_shuts_down() {
    let closings = [1001, 1012, 1013].map(|code| async move {
        let (scene, peer) = Scene::live(1).await;
        peer.close(code).await;
        let closed = Instant::now();
        scene.listener.accept().await;
        assert!(closed.elapsed() >= APART, "{code}: {:?}", closed.elapsed());
    });
    futures_util::future::join_all(closings).await;
}

/// The state does not say "live" while each read sends a request.
#[tokio::test]
async fn a_subscription_ends_with_its_lease() {
    let interval = Duration::from_millis(50);
    let (scene, mut peer) = Scene::live_with(1, |builder| {
        builder
            .subscription_ping_interval(interval)
            .max_staleness(interval)
    })
    .await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    peer.answer_pings(false);
    // No pong arrives for longer than that.
    scene.clock.advance(2 * interval);
    let ended = state.wait_for(|state| !state.is_live()).await.unwrap().clone();
    let reason = Disconnect::PingTimeout;
    assert_eq!(ended, SubscriptionState::Waiting { reason });
    peer.closed().await;
    // By pings alone, the connection would end after two of them.
    assert!(peer.unread_pings() < 2, "{}", peer.unread_pings());
}

/// The subscription must not end in silence, as one that still seems to be live.
#[tokio::test]
async fn a_panic_of_the_application_in_the_task_of_a_subscription_is_a_loss_like_others() {
    log::panic_once_at("a message that is no event");
    let (scene, peer) = Scene::live(1).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    peer.text("no event").await;
    let waiting = state.wait_for(|state| !state.is_live()).await.unwrap().clone();
    let reason = Disconnect::ConnectionLost("its task panicked".into());
    assert_eq!(waiting, SubscriptionState::Waiting { reason });
    let _peer = scene.listener.accept().await;
    state.wait_for(SubscriptionState::is_live).await.unwrap();
}
