//! The races of `docs/design/cache.md`, one by one, through the public interface.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::join_all;
use gm_runtime::client::{HttpRequest, HttpResponse, SubscriptionState, Transport, TransportFuture};
use gm_runtime::error::TransportError;
use serde_json::json;
use tokio::sync::oneshot;

use crate::owner::{QuietThing, Scene, Thing, ThingCreate};

#[tokio::test]
async fn a_hit_sends_no_request_and_copies_no_row() {
    let (scene, _peer) = Scene::live(50).await;
    let first = Thing::query().all(&scene.gm).await.unwrap();
    let second = Thing::query().all(&scene.gm).await.unwrap();
    assert_eq!(scene.owner.sent(), 1);
    assert!(std::ptr::eq(first.as_ptr(), second.as_ptr()));
    let stats = scene.gm.cache_stats::<Thing>().unwrap().unwrap();
    assert_eq!((stats.hits, stats.misses, stats.live), (1, 1, true));
}

#[tokio::test]
async fn different_queries_have_different_entries() {
    let (scene, _peer) = Scene::live(2).await;
    Thing::query().all(&scene.gm).await.unwrap();
    Thing::filter(|t| t.rev.gt(0)).all(&scene.gm).await.unwrap();
    Thing::filter(|t| t.rev.gt(1)).all(&scene.gm).await.unwrap();
    Thing::query()
        .order_by(|t| t.rev.desc())
        .all(&scene.gm)
        .await
        .unwrap();
    assert_eq!(scene.owner.sent(), 4);
    Thing::filter(|t| t.rev.gt(1)).all(&scene.gm).await.unwrap();
    assert_eq!(scene.owner.sent(), 4);
}

#[tokio::test]
async fn rows_that_share_a_first_level_entry_are_not_confused() {
    // More rows than first-level entries.
    let (scene, _peer) = Scene::live(200).await;
    for _ in 0..3 {
        for id in 1..=200 {
            assert_eq!(Thing::get(&scene.gm, id).await.unwrap().id, id);
        }
    }
    assert_eq!(scene.owner.sent(), 200);
}

#[tokio::test]
async fn a_fresh_read_skips_the_cache_and_fills_it() {
    let (scene, _peer) = Scene::live(1).await;
    assert_eq!(scene.rev(1).await, (1, 1));
    scene.owner.change(1);
    // The event is still on its way.
    assert_eq!(scene.rev(1).await, (1, 0));
    assert_eq!(Thing::get(&scene.gm, 1).fresh().await.unwrap().rev, 2);
    assert_eq!(scene.rev(1).await, (2, 0));
}

#[tokio::test]
async fn every_reading_verb_can_be_fresh() {
    let (scene, _peer) = Scene::live(1).await;
    let (gm, query) = (&scene.gm, Thing::query());
    macro_rules! read {
        ($($fresh:ident)?) => {{
            let mut sent = vec![scene.owner.sent()];
            query.all(gm)$(.$fresh())?.await.unwrap();
            sent.push(scene.owner.sent());
            query.first(gm)$(.$fresh())?.await.unwrap();
            sent.push(scene.owner.sent());
            query.one(gm)$(.$fresh())?.await.unwrap();
            sent.push(scene.owner.sent());
            query.count(gm)$(.$fresh())?.await.unwrap();
            sent.push(scene.owner.sent());
            query.exists(gm)$(.$fresh())?.await.unwrap();
            sent.push(scene.owner.sent());
            query.stream(gm)$(.$fresh())?.try_collect::<Vec<_>>().await.unwrap();
            sent.push(scene.owner.sent());
            sent
        }};
    }
    read!();
    // All answers are cached now.
    let sent = read!();
    assert!(sent.windows(2).all(|sent| sent[0] == sent[1]), "{sent:?}");
    let sent = read!(fresh);
    assert!(sent.windows(2).all(|sent| sent[0] < sent[1]), "{sent:?}");
    // The query itself did not become fresh.
    let sent = read!();
    assert!(sent.windows(2).all(|sent| sent[0] == sent[1]), "{sent:?}");
}

/// Answers each request when the test says so, with a `rev` from the test.
struct InTurn(Mutex<VecDeque<oneshot::Receiver<i64>>>);

impl Transport for InTurn {
    fn send(&self, _: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        let turn = self.0.lock().unwrap().pop_front().unwrap();
        Box::pin(async move {
            let row = json!({"id": 1, "rev": turn.await.unwrap()});
            let body = json!({"items": [row], "metadata": {"protocol_version": "v1"}});
            Ok(HttpResponse::new(200, [], body.to_string()))
        })
    }
}

#[tokio::test]
async fn the_answer_that_was_requested_last_is_cached() {
    let ((first, one), (second, other)) = (oneshot::channel(), oneshot::channel());
    let scene = Scene::new(1, |builder| {
        let turns = InTurn(Mutex::new([one, other].into()));
        builder
            .transport(turns)
            .cache_time_to_live(Duration::from_secs(60))
    })
    .await;
    let mut early = pin!(QuietThing::get(&scene.gm, 1).into_future());
    assert!(futures_util::poll!(&mut early).is_pending());
    scene.clock.advance(Duration::from_secs(1));
    second.send(2).unwrap();
    assert_eq!(QuietThing::get(&scene.gm, 1).fresh().await.unwrap().rev, 2);
    first.send(1).unwrap();
    assert_eq!(early.await.unwrap().rev, 1);
    assert_eq!(QuietThing::get(&scene.gm, 1).await.unwrap().rev, 2);
}

#[tokio::test]
async fn a_manual_refresh_invalidates_all_rows() {
    let (scene, _peer) = Scene::live(2).await;
    let received = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let telling = std::sync::Arc::clone(&received);
    let _subscription = scene.gm.on_change::<Thing>(move |change| {
        assert!(change.id().is_none());
        telling.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    });
    scene.revs().await;
    scene.rev(1).await;
    // The owner sends no event for this change.
    scene.owner.change(1);
    assert_eq!(scene.rev(1).await, (1, 0));
    scene.gm.refresh::<Thing>().unwrap();
    assert_eq!(scene.rev(1).await, (2, 1));
    assert_eq!(scene.revs().await, (vec![2, 1], 1));
    assert_eq!(received.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_reused_query_does_not_serve_an_evicted_answer() {
    let (scene, peer) = Scene::live(1).await;
    let kept = Thing::query();
    let rev = async || kept.all(&scene.gm).await.unwrap()[0].rev;
    for _ in 0..100 {
        assert_eq!(rev().await, 1);
    }
    assert_eq!(scene.owner.sent(), 1);
    // The owner sends no event for this change, so only a request shows it.
    scene.owner.change(1);
    assert_eq!(rev().await, 1);
    assert_eq!(Thing::all(&scene.gm).fresh().await.unwrap()[0].rev, 2);
    assert_eq!(rev().await, 2);
    scene.owner.change(1);
    scene.handled(peer.event("update", Some(1))).await;
    assert_eq!((rev().await, rev().await), (3, 3));
    assert_eq!(scene.owner.sent(), 3);
}

#[tokio::test]
async fn a_reused_query_belongs_to_no_handle() {
    let ((first, _), (second, _)) = (Scene::live(1).await, Scene::live(2).await);
    let kept = Thing::query();
    for _ in 0..3 {
        assert_eq!(kept.all(&first.gm).await.unwrap().len(), 1);
        assert_eq!(kept.all(&second.gm).await.unwrap().len(), 2);
    }
    assert_eq!((first.owner.sent(), second.owner.sent()), (1, 1));
    // A refined clone does not use the hash of the original query.
    assert_eq!(
        kept.filter(|t| t.rev.gt(0)).all(&first.gm).await.unwrap().len(),
        1
    );
    assert_eq!(first.owner.sent(), 2);
}

#[tokio::test]
async fn without_a_websocket_or_a_time_to_live_nothing_is_cached() {
    let scene = Scene::new(1, |builder| builder).await;
    for read in 1..=3 {
        QuietThing::get(&scene.gm, 1).await.unwrap();
        assert_eq!(scene.owner.sent(), read);
    }
}

#[tokio::test]
async fn a_time_to_live_expires() {
    let scene = Scene::new(1, |builder| builder.cache_time_to_live(Duration::from_secs(5))).await;
    let read = async || QuietThing::get(&scene.gm, 1).await.unwrap().rev;
    assert_eq!(read().await, 1);
    scene.owner.change(1);
    scene.clock.advance(Duration::from_secs(5));
    assert_eq!(read().await, 1);
    scene.clock.advance(Duration::from_nanos(1));
    assert_eq!(read().await, 2);
}

#[tokio::test]
async fn with_a_time_to_live_reads_see_own_writes() {
    let scene = Scene::new(1, |builder| builder.cache_time_to_live(Duration::from_secs(5))).await;
    let thing = QuietThing::get(&scene.gm, 1).await.unwrap();
    thing.update().rev(0).exec(&scene.gm).await.unwrap();
    assert_eq!(QuietThing::get(&scene.gm, 1).await.unwrap().rev, 2);
}

#[tokio::test]
async fn an_event_during_a_request_is_not_lost() {
    let (scene, peer) = Scene::live(1).await;
    scene.owner.replies.close();
    let (read, ()) = tokio::join!(scene.rev(1), async {
        scene.owner.wait_arrived(1).await;
        scene.owner.change(1);
        scene.handled(peer.event("update", Some(1))).await;
        scene.owner.replies.open();
    });
    // The read began before the event arrived.
    assert_eq!(read, (1, 1));
    assert_eq!(scene.rev(1).await, (2, 1));
    let stats = scene.gm.cache_stats::<Thing>().unwrap().unwrap();
    assert_eq!((stats.discarded, stats.events), (1, 1));
}

#[tokio::test]
async fn a_caller_after_an_event_does_not_join_an_earlier_flight() {
    let (scene, peer) = Scene::live(1).await;
    scene.owner.replies.close();
    let early = scene.rev(1);
    let late = async {
        scene.owner.wait_arrived(1).await;
        scene.owner.change(1);
        scene.handled(peer.event("update", Some(1))).await;
        let late = scene.rev(1);
        let open = async {
            scene.owner.wait_arrived(2).await;
            scene.owner.replies.open();
        };
        tokio::join!(late, open).0
    };
    let (early, late) = tokio::join!(early, late);
    assert_eq!((early.0, late.0), (1, 2));
    // The later answer is cached.
    assert_eq!(scene.rev(1).await, (2, 0));
}

#[tokio::test]
async fn many_callers_share_one_request_and_the_first_can_be_cancelled() {
    let (scene, _peer) = Scene::live(1).await;
    scene.owner.replies.close();
    let read = || {
        let gm = scene.gm.clone();
        tokio::spawn(async move { Thing::get(&gm, 1).await.unwrap().rev })
    };
    let leader = read();
    scene.owner.wait_arrived(1).await;
    let others: Vec<_> = (0..1000).map(|_| read()).collect();
    loop {
        let stats = scene.gm.cache_stats::<Thing>().unwrap().unwrap();
        if stats.joins == 1000 {
            break;
        }
        tokio::task::yield_now().await;
    }
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    scene.owner.replies.open();
    for rev in join_all(others).await {
        assert_eq!(rev.unwrap(), 1);
    }
    assert_eq!(scene.owner.sent(), 1);
}

#[tokio::test]
async fn the_cancellation_of_the_last_caller_ends_the_request() {
    let (scene, _peer) = Scene::live(1).await;
    scene.owner.replies.close();
    {
        let read = Thing::get(&scene.gm, 1).into_future();
        tokio::select! {
            _ = read => panic!("the reply is held back"),
            () = scene.owner.wait_arrived(1) => {}
        }
    }
    scene.owner.replies.open();
    // Without a caller the answer is not cached.
    assert_eq!(scene.rev(1).await, (1, 1));
}

#[tokio::test]
async fn each_caller_has_its_own_timeout() {
    let (scene, _peer) = Scene::live(1).await;
    scene.owner.replies.close();
    let patient = scene.rev(1);
    let hasty = async {
        scene.owner.wait_arrived(1).await;
        let hasty = tokio::time::timeout(Duration::from_millis(1), scene.rev(1)).await;
        assert!(hasty.is_err());
        scene.owner.replies.open();
    };
    assert_eq!(tokio::join!(patient, hasty).0, (1, 1));
}

#[tokio::test]
async fn while_not_live_each_read_sends_its_own_request() {
    let scene = Scene::new(1, |builder| builder).await;
    scene.owner.replies.close();
    let early = scene.rev(1);
    let late = async {
        scene.owner.wait_arrived(1).await;
        scene.owner.change(1);
        let open = async {
            scene.owner.wait_arrived(2).await;
            scene.owner.replies.open();
        };
        tokio::join!(scene.rev(1), open).0
    };
    let (early, late) = tokio::join!(early, late);
    assert_eq!((early.0, late.0), (1, 2));
    assert_eq!(scene.rev(1).await, (2, 1));
}

#[tokio::test]
async fn errors_are_shared_but_not_cached() {
    let (scene, _peer) = Scene::live(1).await;
    scene
        .owner
        .failing
        .store(500, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        Thing::get(&scene.gm, 1)
            .await
            .unwrap_err()
            .remote()
            .unwrap()
            .status(),
        500
    );
    scene.owner.failing.store(0, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(scene.rev(1).await, (1, 1));
    assert!(Thing::get(&scene.gm, 9).await.unwrap_err().is_not_found());
    scene.owner.change(9);
    assert_eq!(scene.rev(9).await, (1, 1));
}

#[tokio::test]
async fn reads_after_a_write_see_it() {
    let (scene, _peer) = Scene::live(2).await;
    let thing = Thing::get(&scene.gm, 1).await.unwrap();
    scene.revs().await;
    let updated = thing.update().rev(0).exec(&scene.gm).await.unwrap();
    assert_eq!(updated.rev, 2);
    // The response to a write is not cached.
    assert_eq!(scene.rev(1).await, (2, 1));
    assert_eq!(scene.revs().await, (vec![2, 1], 1));
    Thing::create(ThingCreate { rev: 1 })
        .exec(&scene.gm)
        .await
        .unwrap();
    assert_eq!(scene.revs().await, (vec![2, 1, 1], 1));
    updated.delete(&scene.gm).await.unwrap();
    assert_eq!(scene.revs().await, (vec![1, 1], 1));
    assert!(Thing::get(&scene.gm, 1).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_failed_write_invalidates_the_cache() {
    let (scene, _peer) = Scene::live(1).await;
    let thing = Thing::get(&scene.gm, 1).await.unwrap();
    scene
        .owner
        .failing
        .store(500, std::sync::atomic::Ordering::SeqCst);
    thing.update().rev(0).exec(&scene.gm).await.unwrap_err();
    scene.owner.failing.store(0, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(scene.rev(1).await, (1, 1));
}

#[tokio::test]
async fn a_cancelled_write_invalidates_the_cache_at_once_and_at_its_end() {
    let (scene, _peer) = Scene::live(1).await;
    assert_eq!(scene.rev(1).await, (1, 1));
    scene.owner.replies.close();
    {
        let write = Thing::by_id(1).update().rev(0).exec(&scene.gm);
        tokio::select! {
            _ = write => panic!("the reply is held back"),
            () = scene.owner.wait_arrived(2) => {}
        }
    }
    // The owner wrote the row, and the cancelled caller did not get the response.
    let read = async {
        scene.owner.wait_arrived(3).await;
        scene.owner.replies.open();
    };
    assert_eq!(tokio::join!(scene.rev(1), read).0.0, 2);
    // The request ends with its response.
    scene.owner.wait_answered(3).await;
    let mut sent = 0;
    while sent == 0 {
        sent = scene.rev(1).await.1;
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.rev(1).await, (2, 0));
}

#[tokio::test]
async fn managers_of_one_resource_see_each_others_writes() {
    let scene = Scene::new(1, |builder| {
        builder
            .manual_invalidation()
            .cache_time_to_live(Duration::from_secs(60))
    })
    .await;
    assert_eq!(scene.rev(1).await, (1, 1));
    let quiet = QuietThing::get(&scene.gm, 1).await.unwrap();
    quiet.update().rev(0).exec(&scene.gm).await.unwrap();
    assert_eq!(scene.rev(1).await, (2, 1));
}

#[tokio::test]
async fn an_event_invalidates_its_row_and_the_lists_only() {
    let (scene, peer) = Scene::live(20).await;
    for id in 1..=20 {
        scene.rev(id).await;
    }
    scene.revs().await;
    for (action, changed) in [("create", 1), ("update", 2), ("delete", 3)] {
        scene.owner.change(changed);
        scene.handled(peer.event(action, Some(changed))).await;
        assert_eq!(scene.revs().await.1, 1, "{action}");
        assert_eq!(scene.rev(changed).await, (2, 1), "{action}");
    }
    let mut asked = 0;
    for id in 4..=20 {
        asked += scene.rev(id).await.1;
    }
    // Two ids share one of the 4096 slots only rarely.
    assert!(asked < 5, "{asked} rows that nobody changed were asked for");
}

#[tokio::test]
async fn an_unknown_message_invalidates_all_rows() {
    let (scene, peer) = Scene::live(2).await;
    let known = r#""protocol_version": "v1", "base_path": "/internal/gm", "resource_name": "things""#;
    let received = [
        format!(r#"{{{known}, "action": "refresh", "identification": null}}"#),
        format!(r#"{{{known}, "action": "renamed", "identification": {{"id": 1}}}}"#),
        format!(r#"{{{known}, "action": "update", "identification": {{"id": "one"}}}}"#),
        format!(r#"{{{known}, "action": "update", "identification": {{"id": 1, "tenant": 2}}}}"#),
        format!(r#"{{{known}, "action": "update"}}"#),
        r#"{"protocol_version": "v1", "base_path": "/gm", "resource_name": "others", "action": "update", "identification": {"id": 1}}"#.to_owned(),
        "{}".to_owned(),
        "not JSON".to_owned(),
        "[".repeat(60_000),
    ];
    for text in received {
        scene.rev(2).await;
        scene.owner.change(2);
        scene.handled(peer.text(&text)).await;
        assert_eq!(scene.rev(2).await.1, 1, "{text:.80}");
    }
    scene.handled(peer.frame(0x2, b"binary")).await;
    assert_eq!(scene.rev(2).await.1, 1);
    // A message in two frames.
    let event = format!(r#"{{{known}, "action": "update", "identification": {{"id": 2}}}}"#);
    let (first, last) = event.split_at(20);
    scene
        .handled(async {
            peer.send_bytes(&[&[0x01, 20], first.as_bytes()].concat()).await;
            peer.frame(0x0, last.as_bytes()).await;
        })
        .await;
    assert_eq!(scene.rev(2).await.1, 1);
    assert_eq!(scene.rev(1).await.1, 1);
}

#[tokio::test]
async fn the_lease_expires() {
    let (scene, _peer) =
        Scene::live_with(1, |builder| builder.max_staleness(Duration::from_secs(7200))).await;
    scene.rev(1).await;
    // As after sleep: the timers did not advance, and the websocket still seems open.
    scene.clock.advance(Duration::from_secs(7200));
    assert_eq!(scene.rev(1).await, (1, 0));
    scene.clock.advance(Duration::from_nanos(1));
    assert_eq!(scene.rev(1).await, (1, 1));
    assert_eq!(scene.rev(1).await, (1, 1));
    assert!(!scene.gm.cache_stats::<Thing>().unwrap().unwrap().live);
}

#[tokio::test]
async fn a_pong_renews_the_lease() {
    let (scene, mut peer) = Scene::live_with(1, |builder| {
        builder.subscription_ping_interval(Duration::from_secs(1))
    })
    .await;
    let lease_age = || scene.gm.cache_stats::<Thing>().unwrap().unwrap().lease_age;
    scene.clock.advance(Duration::from_secs(8000));
    assert_eq!(lease_age(), Some(Duration::from_secs(8000)));
    peer.ping().await;
    while lease_age() != Some(Duration::ZERO) {
        tokio::task::yield_now().await;
    }
    scene.rev(1).await;
    assert_eq!(scene.rev(1).await, (1, 0));
}

#[tokio::test]
async fn without_guaranteed_events_an_answer_expires_soon() {
    use crate::peer::Handshake;
    let scene = Scene::new(1, |builder| builder).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    let peer = scene
        .listener
        .answer(Handshake::Accept { guaranteed: false })
        .await;
    let live = state.wait_for(SubscriptionState::is_live).await.unwrap().clone();
    assert_eq!(live, SubscriptionState::Live { guaranteed: false });
    scene.rev(1).await;
    scene.clock.advance(Duration::from_secs(30));
    assert_eq!(scene.rev(1).await, (1, 0));
    scene.clock.advance(Duration::from_nanos(1));
    assert_eq!(scene.rev(1).await, (1, 1));
    drop(peer);
}

#[tokio::test]
async fn a_full_cache_evicts_answers() {
    let (scene, _peer) = Scene::live_with(500, |builder| builder.cache_capacity(20_000)).await;
    for id in 1..=500 {
        scene.rev(id).await;
    }
    let mut asked = 0;
    for id in 1..=500 {
        asked += scene.rev(id).await.1;
    }
    assert!(asked > 300, "{asked}");
    let stats = scene.gm.cache_stats::<Thing>().unwrap().unwrap();
    assert!(stats.bytes <= 20_000, "{}", stats.bytes);
}
