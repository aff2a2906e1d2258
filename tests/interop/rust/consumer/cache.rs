//! The cache, with an owner that promises no event.

use std::time::{Duration, Instant};

use gm_runtime::Gm;
use gm_runtime::client::SubscriptionState;

use super::Peer;
use super::managers::{RemoteProject, RemoteProjectCreate};

/// A caller with a live subscription, which keeps an answer for this time at most.
async fn cached(peer: &Peer, time_to_live: Duration) -> Gm {
    let builder = peer.builder().bearer_token(super::token());
    let gm = builder
        .best_effort_time_to_live(time_to_live)
        .build()
        .await
        .unwrap();
    let mut state = gm.subscription::<RemoteProject>().unwrap();
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    gm
}

async fn add(gm: &Gm) -> RemoteProject {
    let create = RemoteProjectCreate {
        name: "N".into(),
        status: "cached".into(),
    };
    RemoteProject::create(create).exec(gm).await.unwrap()
}

fn hits(gm: &Gm) -> u64 {
    gm.cache_stats::<RemoteProject>().unwrap().unwrap().hits
}

/// Reads until the row is kept. An event that is late may drop it again, once for each write before.
async fn keep(gm: &Gm, id: i64) {
    let before = hits(gm);
    while hits(gm) == before {
        RemoteProject::get(gm, id).await.unwrap();
    }
}

pub(super) async fn an_event_drops_what_it_names(peer: Peer) {
    let gm = cached(&peer, Duration::from_secs(3600)).await;
    let other = peer.caller().await;
    let project = add(&other).await;
    keep(&gm, project.id).await;
    project.update().name("M").exec(&other).await.unwrap();
    // Nothing else drops it: the time to live is an hour.
    while RemoteProject::get(&gm, project.id).await.unwrap().name != "M" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(super) async fn own_writes_are_seen(peer: Peer) {
    let gm = cached(&peer, Duration::from_secs(3600)).await;
    let project = add(&gm).await;
    for name in ["A", "B", "C"] {
        keep(&gm, project.id).await;
        project.update().name(name).exec(&gm).await.unwrap();
        assert_eq!(RemoteProject::get(&gm, project.id).await.unwrap().name, name);
    }
    keep(&gm, project.id).await;
    project.delete(&gm).await.unwrap();
    let gone = RemoteProject::get(&gm, project.id).optional().await.unwrap();
    assert_eq!(gone, None);
}

pub(super) async fn a_change_that_is_not_told_is_served_until_its_time_to_live(peer: Peer) {
    let time_to_live = Duration::from_secs(2);
    let forever = cached(&peer, Duration::from_secs(3600)).await;
    let shortly = cached(&peer, time_to_live).await;
    let other = peer.caller().await;
    let (doomed, marker) = (add(&other).await, add(&other).await);
    // The events of these rows have arrived when one that came after them has.
    for gm in [&forever, &shortly] {
        let told = gm.cache_stats::<RemoteProject>().unwrap().unwrap().events;
        marker
            .update()
            .name(format!("{told}"))
            .exec(&other)
            .await
            .unwrap();
        while gm.cache_stats::<RemoteProject>().unwrap().unwrap().events == told {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    keep(&forever, doomed.id).await;
    keep(&shortly, doomed.id).await;
    doomed.delete(&other).await.unwrap();
    let deleted = Instant::now();

    tokio::time::sleep_until((deleted + time_to_live).into()).await;
    let gone = RemoteProject::get(&shortly, doomed.id).optional().await.unwrap();
    assert_eq!(gone, None, "the time to live has passed");
    // Nobody told of the delete: without the time to live it would be served on.
    let served = RemoteProject::get(&forever, doomed.id).await.unwrap();
    assert_eq!(served.id, doomed.id);
    // A read past the cache sees it at once.
    let fresh = RemoteProject::get(&forever, doomed.id).fresh().optional().await;
    assert_eq!(fresh.unwrap(), None);
}
