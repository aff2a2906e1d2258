//! Credentials that end and are renewed: what the cache serves, and how the websocket follows.

mod ends;
mod identities;
mod refused;
mod renewals;

use std::time::Duration;

use gm_runtime::GmBuilder;
use gm_runtime::client::{Credential, SubscriptionState};
use gm_tests::credentials::{Calls, held};

use crate::owner::{QuietThing, Scene, Thing};
use crate::peer::Peer;

const LIFE: Duration = Duration::from_secs(100);
/// A renewal is due by then, and the credential holds.
const DUE: Duration = Duration::from_secs(76);

fn billing(token: &str) -> Credential {
    Credential::bearer(token).lasting(LIFE).of("billing")
}

/// A live subscription with a credential of the provider.
async fn live(credential: Credential) -> (Scene, Peer, Calls) {
    live_with(credential, |builder| builder).await
}

/// A live subscription that sends pings often, and looks at its credential with each.
async fn pinging(credential: Credential) -> (Scene, Peer, Calls) {
    let interval = Duration::from_millis(20);
    live_with(credential, |builder| builder.subscription_ping_interval(interval)).await
}

async fn live_with(
    credential: Credential,
    settings: impl FnOnce(GmBuilder) -> GmBuilder,
) -> (Scene, Peer, Calls) {
    let (provider, calls) = held();
    let scene = Scene::new(3, |builder| settings(builder.credentials(provider))).await;
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
