//! How credentials are renewed, and how the websocket follows.

use std::pin::pin;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use gm_runtime::client::{
    Credential, CredentialProvider, CredentialRequest, Disconnect, SubscriptionState, TokenFile,
};
use gm_runtime::error::CredentialError;
use gm_tests::credentials::held;

use super::{DUE, LIFE, answer_ping, billing, live, make_renewal_due, pinging, token_of};
use crate::owner::{QuietThing, Scene, Thing};
use crate::peer::Handshake;

#[tokio::test]
async fn a_renewal_keeps_the_cache_warm_and_loses_no_event() {
    let (scene, mut former, calls) = live(billing("one")).await;
    former.answer_pings(false);
    assert_eq!(token_of(&former), "Bearer one");
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    state.mark_unchanged();
    scene.rev(1).await;
    scene.rev(2).await;
    make_renewal_due(&scene).await;
    calls.give(billing("two")).await;
    let next = scene.listener.accept().await;
    assert_eq!(token_of(&next), "Bearer two");
    // The next websocket is attached. An event from before is still on its way over the former one.
    let ping = former.ping().await;
    scene.owner.change(1);
    former.event("update", Some(1)).await;
    answer_ping(&former, &ping).await;
    former.closed().await;
    assert_eq!(scene.rev(1).await, (2, 1));
    assert_eq!(scene.rev(2).await, (1, 0));
    scene.owner.change(2);
    scene.handled(next.event("update", Some(2))).await;
    assert_eq!(scene.rev(2).await, (2, 1));
    assert!(!state.has_changed().unwrap());
    assert_eq!(scene.gm.cache_stats::<Thing>().unwrap().unwrap().opened, 1);
    // The end of the first credential has no meaning any more.
    scene.clock.advance(LIFE - DUE);
    assert_eq!(scene.rev(1).await, (2, 0));
    drop(next);
}

#[tokio::test]
async fn events_of_both_websockets_are_applied_during_a_renewal() {
    let (scene, mut former, calls) = live(billing("one")).await;
    former.answer_pings(false);
    scene.rev(1).await;
    make_renewal_due(&scene).await;
    calls.give(billing("two")).await;
    let next = scene.listener.accept().await;
    let _ping = former.ping().await;
    scene.owner.change(1);
    scene.handled(next.event("update", Some(1))).await;
    assert_eq!(scene.rev(1).await, (2, 1));
    scene.handled(former.event("update", Some(1))).await;
    assert_eq!(scene.rev(1).await, (2, 1));
    assert_eq!(scene.rev(1).await, (2, 0));
}

/// Its last events may be lost.
#[tokio::test]
async fn a_websocket_that_breaks_during_its_renewal_leaves_nothing_cached() {
    let (scene, mut former, calls) = live(billing("one")).await;
    former.answer_pings(false);
    scene.rev(1).await;
    make_renewal_due(&scene).await;
    calls.give(billing("two")).await;
    let next = scene.listener.accept().await;
    let _ping = former.ping().await;
    scene.owner.change(1);
    // The next websocket becomes live, which is a refresh. There is no further handshake.
    scene.handled(former.close(4408)).await;
    assert_eq!(scene.rev(1).await, (2, 1));
    assert_eq!(scene.rev(1).await, (2, 0));
    assert_eq!(scene.gm.cache_stats::<Thing>().unwrap().unwrap().opened, 2);
    scene.owner.change(1);
    scene.handled(next.event("update", Some(1))).await;
    assert_eq!(scene.rev(1).await, (3, 1));
}

#[tokio::test]
async fn the_former_websocket_stays_while_the_next_one_is_refused() {
    let (scene, former, calls) = live(billing("one")).await;
    scene.rev(1).await;
    make_renewal_due(&scene).await;
    calls.give(billing("two")).await;
    scene.listener.answer(Handshake::Refuse(503)).await;
    assert_eq!(scene.rev(1).await, (1, 0));
    scene.owner.change(1);
    scene.handled(former.event("update", Some(1))).await;
    assert_eq!(scene.rev(1).await, (2, 1));
    // The next attempt follows a backoff.
    let next = scene.listener.accept().await;
    assert_eq!(token_of(&next), "Bearer two");
}

/// A ping of the websocket is enough: no request has to come.
#[tokio::test]
async fn an_idle_websocket_renews_its_credential() {
    let (scene, mut former, calls) = pinging(billing("one")).await;
    scene.clock.advance(DUE);
    calls.give(billing("two")).await;
    let next = scene.listener.accept().await;
    assert_eq!(token_of(&next), "Bearer two");
    former.closed().await;
}

#[tokio::test]
async fn a_close_with_4408_comes_again_at_once_and_once() {
    let (scene, former, calls) = live(billing("one")).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    former.close(4408).await;
    let call = calls.next().await;
    assert!(call.rejected);
    call.give(billing("two"));
    let next = scene.listener.accept().await;
    assert_eq!(token_of(&next), "Bearer two");
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    // No ping was answered meanwhile, and the provider was called a moment ago.
    next.close(4408).await;
    let waiting = |state: &SubscriptionState| {
        *state
            == SubscriptionState::Waiting {
                reason: Disconnect::Closed(Some(4408)),
            }
    };
    state.wait_for(waiting).await.unwrap();
    assert_eq!(calls.waiting().await, 0);
}

#[tokio::test]
async fn a_rejected_handshake_is_sent_again_with_a_fresh_credential() {
    for handshake in [Some(Handshake::Refuse(401)), None] {
        let (provider, calls) = held();
        let scene = Scene::new(1, |builder| builder.credentials(provider)).await;
        let mut state = scene.gm.subscription::<Thing>().unwrap();
        calls.give(billing("one")).await;
        match handshake {
            Some(refuse) => drop(scene.listener.answer(refuse).await),
            None => scene.listener.accept().await.close(4401).await,
        }
        let call = calls.next().await;
        assert!(call.rejected);
        call.give(billing("two"));
        let peer = scene.listener.accept().await;
        assert_eq!(token_of(&peer), "Bearer two");
        state.wait_for(SubscriptionState::is_live).await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_changes_is_a_renewal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "one\n").unwrap();
    let file = TokenFile::new(&path).of("billing");
    let scene = Scene::new(3, |builder| builder.credentials(file)).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    let mut former = scene.listener.accept().await;
    assert_eq!(token_of(&former), "Bearer one");
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    scene.rev(1).await;
    // As Kubernetes replaces it.
    let replacement = folder.path().join("next");
    std::fs::write(&replacement, "two\n").unwrap();
    std::fs::rename(&replacement, &path).unwrap();
    scene.clock.advance(Duration::from_secs(60));
    QuietThing::get(&scene.gm, 3).fresh().await.unwrap();
    let next = scene.listener.accept().await;
    assert_eq!(token_of(&next), "Bearer two");
    former.closed().await;
    assert_eq!(scene.rev(1).await, (1, 0));
    drop(next);
}

/// A call that blocks its thread ends for all callers at once, and is one failure.
#[tokio::test]
async fn callers_that_wait_for_a_blocked_provider_cause_one_backoff() {
    struct Blocked(Mutex<mpsc::Receiver<()>>);
    impl CredentialProvider for Blocked {
        async fn credential(&self, _: &CredentialRequest) -> Result<Credential, CredentialError> {
            // The test is over if it fails.
            let _ = self.0.lock().unwrap().recv();
            Ok(Credential::bearer("late").of("billing"))
        }
    }
    let (release, released) = mpsc::channel();
    let scene = Scene::new(1, |builder| {
        builder
            .credentials(Blocked(Mutex::new(released)))
            .credential_time_limit(Duration::from_millis(1))
    })
    .await;
    let read = || async { QuietThing::query().all(&scene.gm).fresh().await };
    for failed in join_all((0..50).map(|_| read())).await {
        assert!(failed.is_err());
    }
    // Longer than a first backoff, and shorter than one after many failures.
    scene.clock.advance(Duration::from_millis(300));
    let mut waiting = pin!(read());
    assert!(poll!(&mut waiting).is_pending());
    release.send(()).unwrap();
    waiting.await.unwrap();
}
