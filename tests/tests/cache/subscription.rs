//! The websocket: how it begins and ends, and what becomes of the cache.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use gm_runtime::InvalidationClient;
use gm_runtime::change::{Action, Event};
use gm_runtime::client::{Disconnect, InvalidationEvent, SubscriptionState};
use gm_runtime::error::Refusal;
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::memory::growth;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::owner::{Scene, Thing};
use crate::peer::{Door, Handshake, Peer};

#[tokio::test]
async fn the_handshake_says_who_asks_and_offers_the_promise() {
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

/// Two names of one service, with a token each: what is told depends on who asks, so they share no websocket.
#[tokio::test]
async fn who_asks_with_another_token_has_a_websocket_of_its_own() {
    #[derive(Clone, Debug, GeneralManager)]
    #[remote_manager(
        base_url = "http://other.test",
        base_path = "/internal/gm",
        resource = "things",
        websocket_invalidation
    )]
    struct OtherThing {
        #[field(id)]
        id: i64,
    }
    let door = Door::open().await;
    let gm = Gm::builder()
        .base_url("http://owner.test", door.url())
        .base_url("http://other.test", door.url())
        .bearer_token("general")
        .bearer_token_for("http://other.test", "own")
        .build()
        .await
        .unwrap();
    let says = |peer: &Peer, token: &str| {
        let wanted = format!("\r\nauthorization: bearer {token}\r\n");
        peer.request.to_ascii_lowercase().contains(&wanted)
    };
    let mut one = gm.subscription::<Thing>().unwrap();
    let first = door.accept().await;
    assert!(says(&first, "general"), "{}", first.request);
    one.wait_for(SubscriptionState::is_live).await.unwrap();
    let mut other = gm.subscription::<OtherThing>().unwrap();
    let second = door.accept().await;
    assert!(says(&second, "own"), "{}", second.request);
    other.wait_for(SubscriptionState::is_live).await.unwrap();
    // And so has who opens it by hand.
    let client = InvalidationClient::new(&gm).manager::<OtherThing>().unwrap();
    client.connect().await.unwrap();
}

#[tokio::test]
async fn when_the_websocket_ends_nothing_is_served_until_it_is_back() {
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
    let _peer = scene.door.accept().await;
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    // What was read before it was back is not served.
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
async fn a_refusal_is_told_and_tried_again() {
    let scene = Scene::new(1, |builder| builder).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    let peer = scene.door.accept().await;
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

/// The pause after a refusal is a minute; an owner that answers again need not wait for its end.
#[tokio::test]
async fn an_owner_that_is_back_is_soon_asked_for_its_websocket() {
    const SOON: Duration = Duration::from_secs(20);
    let scene = Scene::new(1, |builder| builder).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    scene.door.answer(Handshake::Refuse(404)).await;
    let waits = |state: &SubscriptionState| matches!(state, SubscriptionState::Waiting { .. });
    state.wait_for(waits).await.unwrap();
    // It answers, as it did: nothing is new.
    scene.rev(1).await;
    scene.owner.failing.store(503, Ordering::SeqCst);
    Thing::get(&scene.gm, 1).await.unwrap_err();
    scene.owner.failing.store(0, Ordering::SeqCst);
    assert!(waits(&state.borrow()));
    scene.rev(1).await;
    let _peer = tokio::time::timeout(SOON, scene.door.accept()).await.unwrap();
    state.wait_for(SubscriptionState::is_live).await.unwrap();
}

/// Another struct for the same rows, which share the websocket.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "things",
    websocket_invalidation
)]
struct ThingId {
    #[field(id)]
    id: i64,
}

#[tokio::test]
async fn who_joins_is_told_how_it_is() {
    let scene = Scene::new(1, |builder| builder).await;
    let mut first = scene.gm.subscription::<Thing>().unwrap();
    assert!(scene.door.answer(Handshake::Refuse(404)).await.is_none());
    let is_waiting = |state: &SubscriptionState| matches!(state, SubscriptionState::Waiting { .. });
    let waiting = first.wait_for(is_waiting).await.unwrap().clone();
    // It is a minute or more until the next try.
    let second = scene.gm.subscription::<ThingId>().unwrap();
    assert_eq!(*second.borrow(), waiting);
}

#[tokio::test]
async fn who_joins_what_is_live_is_live() {
    let (scene, _peer) = Scene::live(1).await;
    let mut second = scene.gm.subscription::<ThingId>().unwrap();
    second.wait_for(SubscriptionState::is_live).await.unwrap();
    ThingId::get(&scene.gm, 1).await.unwrap();
    ThingId::get(&scene.gm, 1).await.unwrap();
    let stats = scene.gm.cache_stats::<ThingId>().unwrap().unwrap();
    assert_eq!((stats.live, stats.hits), (true, 1));
}

#[tokio::test]
async fn a_handle_that_was_closed_opens_no_websocket() {
    let scene = Scene::new(1, |builder| builder).await;
    scene.gm.close().await;
    let mut changes = Thing::changes(&scene.gm);
    assert!(changes.next().await.is_none());
    let mut live = Thing::query().watch(&scene.gm);
    // The rows as they are now, and then the end.
    live.next().await.unwrap().unwrap();
    assert!(live.next().await.is_none());
    assert_eq!(
        *scene.gm.subscription::<Thing>().unwrap().borrow(),
        SubscriptionState::Closed
    );
}

#[tokio::test]
async fn the_client_by_hand_ends_with_the_reason() {
    let codes = [
        (4401, Refusal::Unauthorized, "may read nothing"),
        (4404, Refusal::UnknownResource, "`websocket_invalidation`"),
        (4406, Refusal::WrongVersion, "`protocol_version`"),
    ];
    for (code, refusal, advice) in codes {
        let (client, scene) = by_hand().await;
        let (ended, ()) = tokio::join!(client.run(), async {
            scene.door.accept().await.close(code).await;
        });
        refused(ended, refusal, advice);
        assert_eq!(*client.state().borrow(), SubscriptionState::Ended { refusal });
        refused(client.listen_once().await.map(drop), refusal, advice);
    }
    for (status, advice) in [(401, "bearer_token"), (403, "bearer_token"), (404, "`base_path`")] {
        let (client, scene) = by_hand().await;
        let (ended, _) = tokio::join!(client.connect(), scene.door.answer(Handshake::Refuse(status)));
        refused(ended, Refusal::Handshake { status }, advice);
    }
}

fn refused(ended: Result<(), Error>, refusal: Refusal, advice: &str) {
    match ended {
        Err(Error::Subscription(error)) => {
            assert_eq!(error.refusal(), refusal);
            assert!(error.to_string().contains(advice), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

async fn by_hand() -> (InvalidationClient, Scene) {
    let scene = Scene::new(1, |builder| builder.manual_invalidation()).await;
    let client = InvalidationClient::new(&scene.gm).manager::<Thing>().unwrap();
    (client, scene)
}

#[tokio::test]
async fn the_client_by_hand_tries_again_where_the_service_is_away() {
    let (client, scene) = by_hand().await;
    let (connected, peer) = tokio::join!(client.connect(), async {
        scene.door.answer(Handshake::Refuse(503)).await;
        scene.door.accept().await.close(1011).await;
        scene.door.accept().await
    });
    connected.unwrap();
    // The one that was closed may have been live for a moment.
    client
        .state()
        .wait_for(|state| *state == SubscriptionState::Live { guaranteed: true })
        .await
        .unwrap();
    drop(peer);
}

/// GeneralManager's servers answer 500 where there is no such websocket.
#[tokio::test]
async fn a_handshake_that_fails_is_told_with_its_status() {
    let (client, scene) = by_hand().await;
    let mut state = client.state();
    let (waiting, ()) = tokio::select! {
        ended = client.run() => panic!("{ended:?}"),
        told = async {
            tokio::join!(
                state.wait_for(|state| matches!(state, SubscriptionState::Waiting { .. })),
                async { scene.door.answer(Handshake::Refuse(500)).await; }
            )
        } => told,
    };
    match &*waiting.unwrap() {
        SubscriptionState::Waiting { reason } => {
            assert!(reason.to_string().ends_with("HTTP 500"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_client_by_hand_keeps_the_cache_true_and_gives_the_events() {
    let (client, scene) = by_hand().await;
    assert_eq!(scene.rev(1).await, (1, 1));
    assert_eq!(scene.rev(1).await, (1, 1));
    let (connected, mut peer) = tokio::join!(client.connect(), scene.door.accept());
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
async fn the_client_by_hand_does_not_connect_once_it_was_closed() {
    let (client, scene) = by_hand().await;
    // It waits for an owner that does not answer.
    let (connected, ()) = tokio::join!(client.connect(), client.close());
    assert!(matches!(connected, Err(Error::Closed)), "{connected:?}");
    let again = client.connect().await;
    assert!(matches!(again, Err(Error::Closed)), "{again:?}");
    client.run().await.unwrap();
    let nobody = InvalidationClient::new(&scene.gm);
    nobody.connect().await.unwrap();
}

#[tokio::test]
async fn the_client_by_hand_opens_nothing_of_a_handle_that_was_closed() {
    let (client, scene) = by_hand().await;
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

/// Whoever waits for the end looks at what the close is changing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_by_hand_is_closed_while_others_wait_for_its_end() {
    let scene = Scene::new(1, |builder| builder.manual_invalidation()).await;
    let (sender, ended) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Handle::current();
    // Not tasks: a runtime would wait for those that are stuck.
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
async fn one_websocket_for_a_url() {
    let (scene, peer) = Scene::live(1).await;
    // The handle has opened one already: this shares it.
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

/// The websocket that they share outlives them, and tells of nothing.
#[tokio::test]
async fn clients_by_hand_that_are_dropped_leave_nothing_behind() {
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
async fn an_event_by_hand() {
    let scene = Scene::new(1, |builder| {
        builder
            .manual_invalidation()
            .cache_time_to_live(Duration::from_secs(60))
    })
    .await;
    let url = Thing::websocket_invalidation_url(&scene.gm).unwrap();
    let host = scene.door.url().replace("http://", "");
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

/// Whatever says that a row changed says it of every struct that names the resource.
#[tokio::test]
async fn what_one_struct_is_told_the_others_are_told_too() {
    let (scene, peer) = Scene::live(1).await;
    let mut second = scene.gm.subscription::<ThingId>().unwrap();
    second.wait_for(SubscriptionState::is_live).await.unwrap();
    let misses = || scene.gm.cache_stats::<ThingId>().unwrap().unwrap().misses;
    let kept = async || {
        ThingId::get(&scene.gm, 1).await.unwrap();
        let before = misses();
        ThingId::get(&scene.gm, 1).await.unwrap();
        assert_eq!(misses(), before);
        before
    };
    let mut changes = ThingId::changes(&scene.gm);
    let before = kept().await;
    scene.gm.refresh::<Thing>().unwrap();
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::Refresh);
    ThingId::get(&scene.gm, 1).await.unwrap();
    assert_eq!(misses(), before + 1);

    let before = kept().await;
    let event = InvalidationEvent::new("v1", "/internal/gm", "things", Action::Update, Some(1.into()));
    assert!(Thing::handle_invalidation_event(&scene.gm, &event));
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::Update(1));
    ThingId::get(&scene.gm, 1).await.unwrap();
    assert_eq!(misses(), before + 1);
    drop(peer);
}

#[tokio::test]
async fn frames_beyond_bounds_end_the_websocket() {
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
        peer.raw(&bytes).await;
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

/// As of this service's own rows.
#[tokio::test]
async fn closing_the_handle_waits_for_writes_in_flight_and_takes_no_others() {
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
async fn a_subscriber_that_panics_costs_the_others_nothing() {
    let (scene, peer) = Scene::live(1).await;
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let _broken = scene.gm.on_change::<Thing>(|_| panic!("on purpose"));
    let _sound = scene.gm.on_change::<Thing>(move |change| {
        let _ = sender.send(change.action());
    });
    peer.event("update", Some(1)).await;
    assert_eq!(told.recv().await, Some(Action::Update));
    peer.event("delete", Some(1)).await;
    assert_eq!(told.recv().await, Some(Action::Delete));
    assert_eq!(scene.gm.cache_stats::<Thing>().unwrap().unwrap().opened, 1);
}

/// One websocket over TLS, accepted, and told of one event.
fn secure_owner(listener: TcpListener, config: ServerConfig) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let key = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            let is_key = name.eq_ignore_ascii_case("sec-websocket-key");
            is_key.then(|| value.to_owned())
        };
        let key = head.lines().find_map(key).unwrap();
        let accept = actix_http::ws::hash_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 103 X\r\nlink: </>\r\n\r\nHTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-accept: {}\r\n\r\n",
            std::str::from_utf8(&accept).unwrap()
        );
        stream.write_all(answer.as_bytes()).unwrap();
        stream.write_all(&[0x81, 2, b'{', b'}']).unwrap();
        // Until the consumer closes.
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

#[tokio::test]
async fn over_tls() {
    secure_subscription("127.0.0.1", "127.0.0.1:0").await;
}

#[tokio::test]
async fn over_tls_at_an_address_of_ipv6() {
    secure_subscription("::1", "[::1]:0").await;
}

async fn secure_subscription(host: &str, address: &str) {
    let generated = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    let certificate = generated.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(generated.signing_key.serialize_der().into());
    let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let listener = TcpListener::bind(address).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let owner = secure_owner(listener, server);
    let gm = Gm::builder()
        .base_url("http://owner.test", url.as_str())
        .tls(client)
        .manual_invalidation()
        .build()
        .await
        .unwrap();
    assert!(
        Thing::websocket_invalidation_url(&gm)
            .unwrap()
            .starts_with("wss://")
    );
    let client = InvalidationClient::new(&gm).manager::<Thing>().unwrap();
    client.connect().await.unwrap();
    assert_eq!(
        client.listen_once().await.unwrap().unwrap().action(),
        Action::Refresh
    );
    client.close().await;
    owner.join().unwrap();
}
