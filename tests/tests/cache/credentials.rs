//! Credentials that end and are renewed: what the cache serves, and how the websocket follows.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use futures_util::poll;
use gm_runtime::Error;
use gm_runtime::client::{
    Credential, CredentialProvider, CredentialRequest, Disconnect, SubscriptionState, TokenFile,
};
use gm_runtime::error::CredentialError;
use gm_tests::credentials::{Calls, held};

use crate::owner::{QuietThing, Scene, Thing};
use crate::peer::{Handshake, Peer};

const LIFE: Duration = Duration::from_secs(100);
/// A renewal is due by then, and the credential holds.
const DUE: Duration = Duration::from_secs(76);

fn billing(token: &str) -> Credential {
    Credential::bearer(token).lasting(LIFE).of("billing")
}

/// A live subscription with a credential of the provider.
async fn live(credential: Credential) -> (Scene, Peer, Calls) {
    let (provider, calls) = held();
    let scene = Scene::new(3, |builder| builder.credentials(provider)).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    calls.give(credential).await;
    let peer = scene.listener.accept().await;
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    (scene, peer, calls)
}

/// Lets a renewal become due, and reads, which starts it.
async fn make_renewal_due(scene: &Scene) {
    scene.clock.advance(DUE);
    QuietThing::get(&scene.gm, 3).fresh().await.unwrap();
}

fn token_of(peer: &Peer) -> String {
    let lines = peer.request.lines();
    let mut values = lines.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("authorization").then_some(value)
    });
    values.next().unwrap().to_owned()
}

async fn answer_ping(peer: &Peer, payload: &[u8]) {
    peer.frame(0xa, payload).await;
}

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
    let (provider, calls) = held();
    let scene = Scene::new(1, |builder| {
        builder
            .credentials(provider)
            .subscription_ping_interval(Duration::from_millis(20))
    })
    .await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    calls.give(billing("one")).await;
    let mut peer = scene.listener.accept().await;
    state.wait_for(SubscriptionState::is_live).await.unwrap();
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

#[tokio::test]
async fn the_websocket_ends_with_its_credential() {
    let (provider, calls) = held();
    let scene = Scene::new(1, |builder| {
        builder
            .credentials(provider)
            .subscription_ping_interval(Duration::from_millis(20))
    })
    .await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    calls.give(billing("one")).await;
    let mut peer = scene.listener.accept().await;
    state.wait_for(SubscriptionState::is_live).await.unwrap();
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

/// A ping of the websocket is enough: no request has to come.
#[tokio::test]
async fn an_idle_websocket_renews_its_credential() {
    let (provider, calls) = held();
    let scene = Scene::new(1, |builder| {
        builder
            .credentials(provider)
            .subscription_ping_interval(Duration::from_millis(20))
    })
    .await;
    // Opens the websocket.
    let _state = scene.gm.subscription::<Thing>().unwrap();
    calls.give(billing("one")).await;
    let mut former = scene.listener.accept().await;
    scene.clock.advance(DUE);
    calls.give(billing("two")).await;
    let next = scene.listener.accept().await;
    assert_eq!(token_of(&next), "Bearer two");
    former.closed().await;
}

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
        use base64::Engine as _;
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
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
