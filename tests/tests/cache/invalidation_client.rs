//! Manual invalidation: `InvalidationClient`, and events that the application passes on.

use std::time::Duration;

use futures_util::FutureExt;
use gm_runtime::Error;
use gm_runtime::InvalidationClient;
use gm_runtime::change::Action;
use gm_runtime::client::{InvalidationEvent, SubscriptionState};
use gm_runtime::error::Refusal;
use gm_tests::memory::growth;

use crate::owner::{Scene, Thing};
use crate::peer::Handshake;

async fn manual_client() -> (InvalidationClient, Scene) {
    let scene = Scene::new(1, |builder| builder.manual_invalidation()).await;
    let client = InvalidationClient::new(&scene.gm).manager::<Thing>().unwrap();
    (client, scene)
}

#[tokio::test]
async fn a_refusal_ends_the_client_with_its_reason() {
    let codes = [
        (4401, Refusal::Unauthorized, "may read nothing"),
        (4404, Refusal::UnknownResource, "`websocket_invalidation`"),
        (4406, Refusal::WrongVersion, "`protocol_version`"),
    ];
    for (code, refusal, advice) in codes {
        let (client, scene) = manual_client().await;
        let (ended, ()) = tokio::join!(client.run(), async {
            scene.listener.accept().await.close(code).await;
        });
        assert_refused(ended, refusal, advice);
        assert_eq!(*client.state().borrow(), SubscriptionState::Ended { refusal });
        assert_refused(client.listen_once().await.map(drop), refusal, advice);
    }
    for (status, advice) in [(401, "bearer_token"), (403, "bearer_token"), (404, "`base_path`")] {
        let (client, scene) = manual_client().await;
        let (ended, _) = tokio::join!(client.connect(), scene.listener.answer(Handshake::Refuse(status)));
        assert_refused(ended, Refusal::Handshake { status }, advice);
    }
}

fn assert_refused(ended: Result<(), Error>, refusal: Refusal, advice: &str) {
    match ended {
        Err(Error::Subscription(error)) => {
            assert_eq!(error.refusal(), refusal);
            assert!(error.to_string().contains(advice), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_client_retries_an_unavailable_owner() {
    let (client, scene) = manual_client().await;
    let (connected, peer) = tokio::join!(client.connect(), async {
        scene.listener.answer(Handshake::Refuse(503)).await;
        scene.listener.accept().await.close(1011).await;
        scene.listener.accept().await
    });
    connected.unwrap();
    // The websocket that was closed may have been live for a moment.
    client
        .state()
        .wait_for(|state| *state == SubscriptionState::Live { guaranteed: true })
        .await
        .unwrap();
    drop(peer);
}

/// GeneralManager's servers answer with 500 if there is no such websocket.
#[tokio::test]
async fn a_failed_handshake_reports_its_status() {
    let (client, scene) = manual_client().await;
    let mut state = client.state();
    let (waiting, ()) = tokio::select! {
        ended = client.run() => panic!("{ended:?}"),
        waiting = async {
            tokio::join!(
                state.wait_for(|state| matches!(state, SubscriptionState::Waiting { .. })),
                async { scene.listener.answer(Handshake::Refuse(500)).await; }
            )
        } => waiting,
    };
    match &*waiting.unwrap() {
        SubscriptionState::Waiting { reason } => {
            assert!(reason.to_string().ends_with("HTTP 500"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_client_invalidates_the_cache_and_returns_the_events() {
    let (client, scene) = manual_client().await;
    assert_eq!(scene.rev(1).await, (1, 1));
    assert_eq!(scene.rev(1).await, (1, 1));
    let (connected, mut peer) = tokio::join!(client.connect(), scene.listener.accept());
    connected.unwrap();
    scene.rev(1).await;
    assert_eq!(scene.rev(1).await, (1, 0));
    scene.owner.change(1);
    peer.event("update", Some(1)).await;
    let event = client.listen_once().await.unwrap().unwrap();
    assert_eq!((event.action(), event.id()), (Action::Update, Some(&1.into())));
    assert_eq!(scene.rev(1).await, (2, 1));
    peer.event("delete", Some(1)).await;
    peer.event("refresh", None).await;
    assert_eq!(
        client.listen_once().await.unwrap().unwrap().action(),
        Action::Delete
    );
    assert_eq!(
        client.listen_once().await.unwrap().unwrap().action(),
        Action::Refresh
    );
    client.close().await;
    peer.closed().await;
    assert_eq!(client.listen_once().await.unwrap(), None);
    client.run().await.unwrap();
    assert_eq!(scene.rev(1).await.1, 1);
    assert_eq!(scene.rev(1).await.1, 1);
}

#[tokio::test]
async fn a_closed_client_does_not_connect() {
    let (client, scene) = manual_client().await;
    // `connect` waits for an owner that does not answer.
    let (connected, ()) = tokio::join!(client.connect(), client.close());
    assert!(matches!(connected, Err(Error::Closed)), "{connected:?}");
    let again = client.connect().await;
    assert!(matches!(again, Err(Error::Closed)), "{again:?}");
    client.run().await.unwrap();
    let without_managers = InvalidationClient::new(&scene.gm);
    without_managers.connect().await.unwrap();
}

#[tokio::test]
async fn the_client_of_a_closed_handle_opens_nothing() {
    let (client, scene) = manual_client().await;
    scene.gm.close().await;
    for ended in [
        client.connect().await,
        client.run().await,
        client.listen_once().await.map(drop),
    ] {
        assert!(matches!(ended, Err(Error::Closed)), "{ended:?}");
    }
    assert_eq!(*client.state().borrow(), SubscriptionState::Closed);
}

/// Waiting for the end takes the same locks as closing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_does_not_deadlock_with_tasks_that_wait_for_the_end() {
    let scene = Scene::new(1, |builder| builder.manual_invalidation()).await;
    let (sender, ended) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Handle::current();
    // Threads, since a runtime would wait for tasks that are deadlocked.
    std::thread::spawn(move || {
        for _ in 0..1_000 {
            let client = InvalidationClient::new(&scene.gm).manager::<Thing>().unwrap();
            std::thread::scope(|threads| {
                threads.spawn(|| while client.run().now_or_never().is_none() {});
                runtime.block_on(client.close());
            });
        }
        sender.send(()).unwrap();
    });
    assert_eq!(ended.recv_timeout(Duration::from_secs(30)), Ok(()));
}

#[tokio::test]
async fn a_url_has_one_websocket() {
    let (scene, peer) = Scene::live(1).await;
    // The client shares the websocket that the handle opened.
    let client = InvalidationClient::new(&scene.gm)
        .manager::<Thing>()
        .unwrap()
        .manager::<Thing>()
        .unwrap();
    client.connect().await.unwrap();
    peer.event("update", Some(1)).await;
    assert!(client.listen_once().await.unwrap().is_some());
    client.close().await;
    assert!(scene.gm.subscription::<Thing>().unwrap().borrow().is_live());
}

/// The shared websocket outlives the clients.
#[tokio::test]
async fn dropped_clients_free_their_memory() {
    let (scene, _peer) = Scene::live(1).await;
    let clients = async |number: usize| {
        for _ in 0..number {
            let client = InvalidationClient::new(&scene.gm).manager::<Thing>().unwrap();
            client.connect().await.unwrap();
        }
    };
    clients(200).await;
    let grown = growth(clients(10_000)).await;
    assert!(grown < 4 * 1024, "{grown} KiB");
}

#[tokio::test]
async fn a_manual_event_invalidates_only_its_own_resource() {
    let scene = Scene::new(1, |builder| {
        builder
            .manual_invalidation()
            .cache_time_to_live(Duration::from_secs(60))
    })
    .await;
    let url = Thing::websocket_invalidation_url(&scene.gm).unwrap();
    let host = scene.listener.url().replace("http://", "");
    assert_eq!(url, format!("ws://{host}/internal/gm/ws/things?version=v1"));
    scene.rev(1).await;
    let event = |version: &str, path: &str, resource: &str| {
        InvalidationEvent::new(version, path, resource, Action::Update, Some(1.into()))
    };
    let others = [
        event("v2", "/internal/gm", "things"),
        event("v1", "/gm", "things"),
        event("v1", "/internal/gm", "others"),
    ];
    for other in others {
        assert!(!Thing::handle_invalidation_event(&scene.gm, &other));
        assert_eq!(scene.rev(1).await, (1, 0));
    }
    scene.owner.change(1);
    let this = event("v1", "/internal/gm", "things");
    assert!(Thing::handle_invalidation_event(&scene.gm, &this));
    assert_eq!(scene.rev(1).await, (2, 1));
}
