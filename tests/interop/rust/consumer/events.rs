//! The websocket of the package, by hand.

use std::time::Duration;

use gm_runtime::InvalidationClient;
use gm_runtime::change::Action;
use gm_runtime::client::{Disconnect, SubscriptionState};
use gm_runtime::error::Refusal;
use gm_runtime::manager::{Invalidates, Manager};
use gm_runtime::{Error, Gm};
use serde_json::json;

use super::Peer;
use super::managers::{
    RemoteHiddenThing, RemoteProject, RemoteProjectCreate, RemoteProjectV2, RemoteWorkItem,
};

pub(super) async fn creates_and_updates_are_told_and_deletes_are_not(peer: Peer) {
    let gm = peer.caller().await;
    let client = InvalidationClient::new(&gm)
        .manager::<RemoteProject>()
        .unwrap()
        .manager::<RemoteWorkItem>()
        .unwrap();
    client.connect().await.unwrap();
    // No `gm-events-1`.
    assert_eq!(
        *client.state().borrow(),
        SubscriptionState::Live { guaranteed: false }
    );

    let create = || RemoteProjectCreate {
        name: "N".into(),
        status: "told".into(),
    };
    let project = RemoteProject::create(create()).exec(&gm).await.unwrap();
    let updated = project.update().name("M").exec(&gm).await.unwrap();
    updated.delete(&gm).await.unwrap();
    let after = RemoteProject::create(create()).exec(&gm).await.unwrap();

    let mut told = Vec::new();
    while !told.contains(&(Action::Create, Some(json!(after.id)))) {
        let event = client.listen_once().await.unwrap().unwrap();
        assert_eq!(
            (event.base_path(), event.resource()),
            ("/internal/gm", "projects")
        );
        assert!(event.event_id().is_some());
        told.push((event.action(), event.id().cloned()));
    }
    // The package looks at the row again before it tells of it: what is told of one that is deleted soon depends on
    // who is faster, but a delete is never told.
    assert!(
        told.iter().all(|(action, _)| *action != Action::Delete),
        "{told:?}"
    );
    assert!(
        told.iter().all(|(action, _)| *action != Action::Refresh),
        "{told:?}"
    );
    let update = after.update().name("M").exec(&gm).await.unwrap();
    let event = client.listen_once().await.unwrap().unwrap();
    assert_eq!(
        (event.action(), event.id()),
        (Action::Update, Some(&json!(update.id)))
    );
    client.close().await;
    assert_eq!(*client.state().borrow(), SubscriptionState::Closed);
}

pub(super) async fn pings_are_answered(peer: Peer) {
    let interval = Duration::from_millis(300);
    let builder = peer.builder().bearer_token(super::token());
    let gm = builder
        .subscription_ping_interval(interval)
        .build()
        .await
        .unwrap();
    let mut state = gm.subscription::<RemoteProject>().unwrap();
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    let age = || {
        let stats = gm.cache_stats::<RemoteProject>().unwrap().unwrap();
        assert_eq!(stats.opened, 1);
        stats.lease_age.unwrap()
    };
    // Each answered ping makes the last sign of life younger.
    let (mut answered, mut last) = (0, age());
    while answered < 3 {
        tokio::time::sleep(interval / 10).await;
        let now = age();
        answered += u32::from(now < last);
        last = now;
    }
}

async fn refusal<M: Manager + Invalidates>(gm: &Gm) -> Refusal {
    let client = InvalidationClient::new(gm).manager::<M>().unwrap();
    match client.connect().await {
        Err(Error::Subscription(error)) => error.refusal(),
        other => panic!("{other:?}"),
    }
}

/// A close before the accept is HTTP 403 in ASGI, whatever its code.
const FORBIDDEN: Refusal = Refusal::Handshake { status: 403 };

pub(super) async fn a_stranger_is_refused(peer: Peer) {
    assert_eq!(refusal::<RemoteProject>(&peer.stranger().await).await, FORBIDDEN);
}

pub(super) async fn another_version_is_refused(peer: Peer) {
    assert_eq!(refusal::<RemoteProjectV2>(&peer.caller().await).await, FORBIDDEN);
}

/// Channels has no answer for a path that nothing is routed to: it fails, as a service that is broken does. So this
/// consumer tries again.
pub(super) async fn a_resource_without_a_websocket_fails(peer: Peer) {
    let gm = peer.caller().await;
    let client = InvalidationClient::new(&gm)
        .manager::<RemoteHiddenThing>()
        .unwrap();
    let mut state = client.state();
    let waiting = async {
        let waits = |state: &SubscriptionState| matches!(state, SubscriptionState::Waiting { .. });
        state.wait_for(waits).await.unwrap().clone()
    };
    tokio::select! {
        connected = client.connect() => panic!("{connected:?}"),
        state = waiting => assert!(
            matches!(state, SubscriptionState::Waiting { reason: Disconnect::Unreachable(_) }),
            "{state:?}"
        ),
    }
    client.close().await;
}

pub(super) async fn a_gateway_promises_nothing(peer: Peer) {
    let gm = peer.caller().await;
    let client = InvalidationClient::new(&gm).manager::<RemoteProject>().unwrap();
    client.connect().await.unwrap();
    assert_eq!(
        *client.state().borrow(),
        SubscriptionState::Live { guaranteed: false }
    );
    client.close().await;
}
