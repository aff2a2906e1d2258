//! Live queries and streams of changes: their results, their timing and their cost.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use gm_runtime::InvalidationClient;
use gm_runtime::access::Principal;
use gm_runtime::change::Event;
use gm_runtime::client::{InvalidationEvent, SubscriptionState};
use gm_runtime::error::{QueryError, Refusal};
use gm_runtime::verbs::Watch;
use gm_runtime::{Error, GeneralManager, Gm, Rows};
use gm_tests::conformance::Project;
use tokio::sync::mpsc;

use crate::end_to_end::{Consumer, Owner, RemoteProject};
use crate::owner::{Scene, Thing};
use crate::peer::{Handshake, Peer};

fn revs(rows: Option<Result<Rows<Thing>, Error>>) -> Vec<i64> {
    rows.unwrap().unwrap().iter().map(|thing| thing.rev).collect()
}

/// A live query that has returned its first result.
async fn watching(rows: i64) -> (Scene, Peer, Watch<Thing>) {
    let (scene, peer) = Scene::live(rows).await;
    let mut live = Thing::query().watch(&scene.gm);
    assert_eq!(revs(live.next().await), vec![1; usize::try_from(rows).unwrap()]);
    (scene, peer, live)
}

/// The owner changes a row, and the consumer has handled the event.
async fn change(scene: &Scene, peer: &Peer, id: i64) {
    scene.owner.change(id);
    scene.handled(peer.event("update", Some(id))).await;
}

#[tokio::test]
async fn a_live_query_returns_the_current_result_and_one_after_each_change() {
    let (scene, peer, mut live) = watching(2).await;
    for rev in 2..5 {
        change(&scene, &peer, 1).await;
        assert_eq!(revs(live.next().await), [rev, 1]);
    }
    scene.owner.rows.lock().unwrap().remove(&2);
    peer.event("delete", Some(2)).await;
    assert_eq!(revs(live.next().await), [4]);
    // One request for each result: a live query does not read ahead.
    assert_eq!(scene.owner.sent(), 5);
}

#[tokio::test]
async fn a_slow_reader_gets_the_newest_result_with_one_request() {
    let (scene, peer, mut live) = watching(1).await;
    for _ in 0..1_000 {
        change(&scene, &peer, 1).await;
    }
    let before = scene.owner.sent();
    assert_eq!(revs(live.next().await), [1_001]);
    assert!(live.next().now_or_never().is_none());
    assert_eq!(scene.owner.sent() - before, 1);
}

#[tokio::test]
async fn an_equal_result_is_not_returned_again() {
    let (scene, peer, mut live) = watching(1).await;
    scene.handled(peer.event("update", Some(1))).await;
    let waits = async {
        scene.owner.wait_answered(2).await;
        change(&scene, &peer, 1).await;
    };
    let (next, ()) = tokio::join!(live.next(), waits);
    assert_eq!(revs(next), [2]);
}

#[tokio::test]
async fn a_change_during_a_read_causes_another_read() {
    let (scene, peer, mut live) = watching(1).await;
    change(&scene, &peer, 1).await;
    scene.owner.replies.close();
    let meanwhile = async {
        scene.owner.wait_arrived(2).await;
        change(&scene, &peer, 1).await;
        scene.owner.replies.open();
    };
    let (next, ()) = tokio::join!(live.next(), meanwhile);
    assert_eq!(revs(next), [2]);
    assert_eq!(revs(live.next().await), [3]);
}

#[tokio::test]
async fn a_change_before_the_first_read_is_not_missed() {
    let (scene, peer) = Scene::live(1).await;
    let mut live = Thing::query().watch(&scene.gm);
    change(&scene, &peer, 1).await;
    assert_eq!(revs(live.next().await), [2]);
    // The first read saw the change, so there is no second one.
    assert!(live.next().now_or_never().is_none());
    assert_eq!(scene.owner.sent(), 1);
    let stats = scene.gm.cache_stats::<Thing>().unwrap().unwrap();
    assert_eq!((stats.misses, stats.hits), (1, 0));
}

#[tokio::test]
async fn watchers_of_one_query_share_their_requests() {
    let (scene, peer, mut first) = watching(1).await;
    let mut second = Thing::query().watch(&scene.gm);
    assert_eq!(revs(second.next().await), [1]);
    change(&scene, &peer, 1).await;
    let (one, other) = tokio::join!(first.next(), second.next());
    assert_eq!((revs(one), revs(other)), (vec![2], vec![2]));
    assert_eq!(scene.owner.sent(), 2);
}

#[tokio::test]
async fn a_failed_read_is_reported_and_retried() {
    let (scene, peer, mut live) = watching(1).await;
    scene
        .owner
        .failing
        .store(500, std::sync::atomic::Ordering::SeqCst);
    scene.handled(peer.event("update", Some(1))).await;
    for _ in 0..2 {
        let error = live.next().await.unwrap().unwrap_err();
        assert_eq!(error.remote().map(|answer| answer.status()), Some(500));
    }
    scene.owner.failing.store(0, std::sync::atomic::Ordering::SeqCst);
    // The result equals the one before the errors, and is returned to show their end.
    assert_eq!(revs(live.next().await), [1]);
}

#[tokio::test]
async fn changes_while_the_websocket_was_down_are_returned_after_the_reconnection() {
    let (scene, peer, mut live) = watching(1).await;
    peer.close(1011).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    state.wait_for(|state| !state.is_live()).await.unwrap();
    scene.owner.change(1);
    let (next, _peer) = tokio::join!(live.next(), scene.listener.accept());
    assert_eq!(revs(next), [2]);
}

#[tokio::test]
async fn a_refusal_is_reported_and_does_not_end_the_stream() {
    let (scene, peer, mut live) = watching(1).await;
    let mut changes = Thing::changes(&scene.gm);
    peer.close(4404).await;
    let refused = |error: Error| match error {
        Error::Subscription(error) => (error.refusal(), error.url().contains("/ws/things")),
        other => panic!("{other:?}"),
    };
    let received = live.next().await.unwrap().unwrap_err();
    assert_eq!(refused(received), (Refusal::UnknownResource, true));
    let received = changes.next().await.unwrap().unwrap_err();
    assert_eq!(refused(received), (Refusal::UnknownResource, true));
    scene.owner.change(1);
    scene.gm.refresh::<Thing>().unwrap();
    assert_eq!(revs(live.next().await), [2]);
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::refresh());
    // A later stream gets the error, too.
    let mut late = Thing::changes(&scene.gm);
    assert!(late.next().await.unwrap().is_err());
}

#[tokio::test]
async fn without_guaranteed_events_a_live_query_polls() {
    for handshake in [Handshake::Accept { guaranteed: false }, Handshake::Refuse(503)] {
        let scene = Scene::new(1, |builder| {
            builder.best_effort_time_to_live(Duration::from_millis(10))
        })
        .await;
        let mut live = Thing::query().watch(&scene.gm);
        let peer = scene.listener.answer(handshake).await;
        if peer.is_some() {
            let mut state = scene.gm.subscription::<Thing>().unwrap();
            state.wait_for(SubscriptionState::is_live).await.unwrap();
        }
        assert_eq!(revs(live.next().await), [1]);
        scene.owner.change(1);
        scene.clock.advance(Duration::from_secs(1));
        assert_eq!(revs(live.next().await), [2]);
    }
}

#[tokio::test]
async fn a_stream_returns_the_changes_in_order() {
    let scene = Scene::new(1, |builder| builder).await;
    let mut changes = Thing::changes(&scene.gm);
    let peer = scene.listener.accept().await;
    // The first item stands for all changes before the websocket was live.
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::refresh());
    for action in ["create", "update", "delete", "refresh"] {
        peer.event(action, Some(7)).await;
    }
    let received: Vec<_> = changes.by_ref().take(4).map(Result::unwrap).collect().await;
    assert_eq!(
        received,
        [
            Event::Create(7),
            Event::Update(7),
            Event::Delete(7),
            Event::refresh()
        ]
    );
    assert!(changes.next().now_or_never().is_none());
    // A new stream gets only new changes.
    let mut later = Thing::changes(&scene.gm);
    peer.event("update", Some(1)).await;
    assert_eq!(later.next().await.unwrap().unwrap(), Event::Update(1));
}

#[tokio::test]
async fn an_overflowing_queue_of_changes_becomes_one_refresh() {
    for (queue, events, coalesced) in [
        (None, 256, 0),
        (None, 257, 257),
        (None, 600, 600),
        (Some(3), 3, 0),
        (Some(3), 4, 4),
        (Some(0), 1, 0),
        (Some(0), 2, 2),
    ] {
        let (scene, peer) = Scene::live_with(1, |builder| match queue {
            Some(queue) => builder.change_queue(queue),
            None => builder,
        })
        .await;
        let mut changes = Thing::changes(&scene.gm);
        for id in 0..events {
            scene.handled(peer.event("update", Some(id))).await;
        }
        let mut received = Vec::new();
        while let Some(event) = changes.next().now_or_never() {
            received.push(event.unwrap().unwrap());
        }
        if coalesced == 0 {
            assert_eq!(received, (0..events).map(Event::Update).collect::<Vec<_>>());
            assert!(received.iter().all(|event| event.coalesced() == 0));
        } else {
            assert_eq!(received, [Event::Refresh { coalesced }]);
            assert_eq!((received[0].coalesced(), received[0].id()), (coalesced, None));
        }
        // The next event comes on its own again.
        peer.event("update", Some(1)).await;
        assert_eq!(changes.next().await.unwrap().unwrap(), Event::Update(1));
    }
}

#[tokio::test]
async fn a_stream_owns_a_handle_until_it_is_dropped() {
    let (scene, mut peer, mut live) = watching(1).await;
    let changes = Thing::changes(&scene.gm);
    let Scene { owner, gm, .. } = scene;
    drop(gm);
    owner.change(1);
    peer.event("update", Some(1)).await;
    assert_eq!(revs(live.next().await), [2]);
    drop(live);
    drop(changes);
    peer.closed().await;
}

#[tokio::test]
async fn closing_the_handle_ends_the_streams() {
    let (scene, peer, mut live) = watching(1).await;
    let mut changes = Thing::changes(&scene.gm);
    scene.handled(peer.event("update", Some(1))).await;
    scene.gm.close().await;
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::Update(1));
    assert!(changes.next().await.is_none());
    assert!(live.next().await.is_none());
    assert!(live.next().await.is_none());
    // A new live query gets the current result, and then the end.
    let mut late = Thing::query().watch(&scene.gm);
    assert_eq!(revs(late.next().await), [1]);
    assert!(late.next().await.is_none());
    assert!(late.next().await.is_none());
}

#[tokio::test]
async fn a_permanent_error_ends_the_stream() {
    let gm = Gm::builder().build().await.unwrap();
    let mut unknown = Project::query().watch(&gm);
    assert!(matches!(
        unknown.next().await,
        Some(Err(Error::NotRegistered { .. }))
    ));
    assert!(unknown.next().await.is_none());
    let mut unknown = Project::changes(&gm);
    assert!(matches!(
        unknown.next().await,
        Some(Err(Error::NotRegistered { .. }))
    ));
    assert!(unknown.next().await.is_none());
    let (scene, _peer) = Scene::live(1).await;
    let twice = Thing::exclude(|t| t.rev.eq(1)).exclude(|t| t.rev.eq(2));
    let mut twice = twice.watch(&scene.gm);
    assert!(matches!(
        twice.next().await,
        Some(Err(Error::Query(QueryError::SecondExclude { .. })))
    ));
    assert!(twice.next().await.is_none());
}

/// Over real sockets, from tasks of a multi-threaded runtime.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_query_behaves_alike_at_the_owner_and_the_consumer() {
    let owner = Owner::start().await;
    let consumer = Consumer::of(&format!("http://{}", owner.running.address)).await;
    let here = Project::filter(|p| p.name.startswith("live")).watch(&owner.running.gm);
    let there = RemoteProject::filter(|p| p.name.startswith("live")).watch(&consumer.gm);
    let mut here = names(here, |project| project.name.clone());
    let mut there = names(there, |project| project.name.clone());
    let mut both = async |names: &[&str]| {
        // A read may have happened between two changes.
        for seen in [&mut here, &mut there] {
            while seen.recv().await.unwrap() != names {}
        }
    };
    both(&[]).await;
    owner.rename(1, "live one").await;
    both(&["live one"]).await;
    owner.rename(2, "live two").await;
    both(&["live one", "live two"]).await;
    RemoteProject::by_id(1).delete(&consumer.gm).await.unwrap();
    both(&["live two"]).await;
    owner.rename(2, "no more").await;
    both(&[]).await;
}

fn names<M: gm_runtime::Manager>(
    mut live: Watch<M>,
    name: impl Fn(&M) -> String + Send + 'static,
) -> mpsc::UnboundedReceiver<Vec<String>> {
    let (sender, names) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(rows) = live.next().await {
            let _ = sender.send(rows.unwrap().iter().map(&name).collect());
        }
    });
    names
}

/// Rows in memory, in an actix arbiter, and outside of any runtime.
#[test]
fn live_queries_work_in_any_runtime() {
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "notes")]
    struct Note {
        #[field(id)]
        id: i64,
        text: String,
    }

    async fn create_and_watch() {
        let gm = Gm::builder().in_memory::<Note>().build().await.unwrap();
        let mut live = Note::filter(|n| n.text.contains("a")).watch(&gm);
        let mut changes = Note::changes(&gm);
        assert!(live.next().await.unwrap().unwrap().is_empty());
        let note = |text: &str| Note::create(NoteCreate { text: text.into() });
        let first = note("abc").exec(&gm).await.unwrap();
        assert_eq!(live.next().await.unwrap().unwrap().len(), 1);
        note("xyz").exec(&gm).await.unwrap();
        first.delete(&gm).await.unwrap();
        assert!(live.next().await.unwrap().unwrap().is_empty());
        let received: Vec<_> = changes.by_ref().take(3).map(Result::unwrap).collect().await;
        assert_eq!(received, [Event::Create(1), Event::Create(2), Event::Delete(1)]);
    }

    futures_util::future::FutureExt::now_or_never(create_and_watch()).unwrap();
    actix_web::rt::System::new().block_on(create_and_watch());
}

/// The rows are never read as if the caller had no rights.
#[tokio::test]
async fn a_manager_of_another_service_refuses_callers_of_this_service() {
    let (scene, _peer) = Scene::live(1).await;
    let gm = scene.gm.acting_as(Principal::named("somebody"));
    let sent = scene.owner.sent();
    let event = InvalidationEvent::parse(
        r#"{"protocol_version": "v1", "base_path": "/internal/gm", "resource_name": "things", "action": "refresh"}"#,
    );
    assert!(!Thing::handle_invalidation_event(&gm, &event.unwrap()));
    for error in [
        Thing::query().all(&gm).await.err(),
        Thing::query().first(&gm).await.err(),
        Thing::query().count(&gm).await.err(),
        Thing::query().stream(&gm).next().await.unwrap().err(),
        Thing::query().watch(&gm).next().await.unwrap().err(),
        Thing::get(&gm, 1).await.err(),
        Thing::by_id(1).delete(&gm).await.err(),
        Thing::changes(&gm).next().await.unwrap().err(),
        gm.on_change::<Thing>(|_| ()).err(),
        gm.refresh::<Thing>().err(),
        InvalidationClient::new(&gm).manager::<Thing>().err(),
    ] {
        let error = error.unwrap();
        assert!(matches!(error, Error::NoPermissions { .. }), "{error:?}");
        assert!(error.is_permission_denied() && !error.is_retryable());
    }
    assert_eq!(scene.owner.sent(), sent);
    // The cached answer is not served either.
    scene.rev(1).await;
    assert!(Thing::get(&gm, 1).await.is_err());
}
