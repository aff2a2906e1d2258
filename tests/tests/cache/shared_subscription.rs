//! Several structs of one resource, which share a websocket or not.

use futures_util::StreamExt;
use gm_runtime::InvalidationClient;
use gm_runtime::change::{Action, Event};
use gm_runtime::client::{InvalidationEvent, SubscriptionState};
use gm_runtime::{GeneralManager, Gm};

use crate::owner::{Scene, Thing};
use crate::peer::{Handshake, Listener, Peer};

/// Two base URLs of one service, each with its own token. The events depend on the caller.
#[tokio::test]
async fn managers_with_different_tokens_have_separate_websockets() {
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
    let listener = Listener::open().await;
    let gm = Gm::builder()
        .base_url("http://owner.test", listener.url())
        .base_url("http://other.test", listener.url())
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
    let first = listener.accept().await;
    assert!(says(&first, "general"), "{}", first.request);
    one.wait_for(SubscriptionState::is_live).await.unwrap();
    let mut other = gm.subscription::<OtherThing>().unwrap();
    let second = listener.accept().await;
    assert!(says(&second, "own"), "{}", second.request);
    other.wait_for(SubscriptionState::is_live).await.unwrap();
    // The client shares the websocket of its own token.
    let client = InvalidationClient::new(&gm).manager::<OtherThing>().unwrap();
    client.connect().await.unwrap();
}

/// Another struct of the same resource. Both share the websocket.
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
async fn a_joining_manager_gets_the_state_of_the_websocket() {
    let scene = Scene::new(1, |builder| builder).await;
    let mut first = scene.gm.subscription::<Thing>().unwrap();
    assert!(scene.listener.answer(Handshake::Refuse(404)).await.is_none());
    let is_waiting = |state: &SubscriptionState| matches!(state, SubscriptionState::Waiting { .. });
    let waiting = first.wait_for(is_waiting).await.unwrap().clone();
    // The next attempt is at least a minute away.
    let second = scene.gm.subscription::<ThingId>().unwrap();
    assert_eq!(*second.borrow(), waiting);
}

#[tokio::test]
async fn a_manager_that_joins_a_live_websocket_is_live() {
    let (scene, _peer) = Scene::live(1).await;
    let mut second = scene.gm.subscription::<ThingId>().unwrap();
    second.wait_for(SubscriptionState::is_live).await.unwrap();
    ThingId::get(&scene.gm, 1).await.unwrap();
    ThingId::get(&scene.gm, 1).await.unwrap();
    let stats = scene.gm.cache_stats::<ThingId>().unwrap().unwrap();
    assert_eq!((stats.live, stats.hits), (true, 1));
}

#[tokio::test]
async fn an_event_for_one_struct_invalidates_all_structs_of_the_resource() {
    let (scene, peer) = Scene::live(1).await;
    let mut second = scene.gm.subscription::<ThingId>().unwrap();
    second.wait_for(SubscriptionState::is_live).await.unwrap();
    let misses = || scene.gm.cache_stats::<ThingId>().unwrap().unwrap().misses;
    let cached = async || {
        ThingId::get(&scene.gm, 1).await.unwrap();
        let before = misses();
        ThingId::get(&scene.gm, 1).await.unwrap();
        assert_eq!(misses(), before);
        before
    };
    let mut changes = ThingId::changes(&scene.gm);
    let before = cached().await;
    scene.gm.refresh::<Thing>().unwrap();
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::refresh());
    ThingId::get(&scene.gm, 1).await.unwrap();
    assert_eq!(misses(), before + 1);

    let before = cached().await;
    let event = InvalidationEvent::new("v1", "/internal/gm", "things", Action::Update, Some(1.into()));
    assert!(Thing::handle_invalidation_event(&scene.gm, &event));
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::Update(1));
    ThingId::get(&scene.gm, 1).await.unwrap();
    assert_eq!(misses(), before + 1);
    drop(peer);
}
