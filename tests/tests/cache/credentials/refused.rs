//! A websocket without a credential, or with one that the owner refuses, and a provider that gets another one.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gm_runtime::client::{
    Credential, CredentialProvider, CredentialRequest, Disconnect, SubscriptionState, TokenFile,
};
use gm_runtime::error::{CredentialError, Refusal};
use gm_tests::credentials::held;
use tokio::sync::mpsc;

use super::{billing, live, token_of};
use crate::owner::{QuietThing, Scene, Thing};
use crate::peer::Handshake;

/// The version is compared once a second at most, by the cache's clock.
const COMPARE_INTERVAL: Duration = Duration::from_secs(1);

fn is_waiting(state: &SubscriptionState) -> bool {
    matches!(state, SubscriptionState::Waiting { .. })
}

fn is_refused(state: &SubscriptionState) -> bool {
    let reason = match state {
        SubscriptionState::Waiting { reason } => reason,
        _ => return false,
    };
    matches!(
        reason,
        Disconnect::Refused(Refusal::Unauthorized | Refusal::Handshake { .. })
    )
}

/// A token file that reports when its version is compared.
struct Compared {
    file: TokenFile,
    compared: mpsc::UnboundedSender<()>,
}

impl CredentialProvider for Compared {
    async fn credential(&self, request: &CredentialRequest) -> Result<Credential, CredentialError> {
        self.file.credential(request).await
    }

    fn version(&self) -> Option<u64> {
        let _ = self.compared.send(());
        self.file.version()
    }
}

fn write(path: &Path, token: &str) {
    let next = path.with_extension("next");
    std::fs::write(&next, token).unwrap();
    std::fs::rename(&next, path).unwrap();
}

/// During the backoff of the websocket the file is looked at, without an attempt.
#[tokio::test]
async fn a_websocket_without_a_credential_comes_when_the_token_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let (compared, mut comparisons) = mpsc::unbounded_channel();
    let provider = Compared {
        file: TokenFile::new(&path),
        compared,
    };
    let scene = Scene::new(1, |builder| builder.credentials(provider)).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    // The backoff grows until it is longer than the time between two looks.
    loop {
        drop(state.wait_for(is_waiting).await.unwrap());
        while comparisons.try_recv().is_ok() {}
        scene.clock.advance(COMPARE_INTERVAL);
        tokio::select! {
            biased;
            attempt = state.changed() => attempt.unwrap(),
            _ = comparisons.recv() => break,
        }
    }
    write(&path, "one");
    scene.clock.advance(COMPARE_INTERVAL);
    let peer = scene.listener.accept().await;
    assert_eq!(token_of(&peer), "Bearer one");
    state.wait_for(SubscriptionState::is_live).await.unwrap();
}

/// Otherwise the next attempt would be one to two minutes later.
#[tokio::test]
async fn a_refused_websocket_comes_when_the_token_file_has_another_token() {
    for refusal in [None, Some(401), Some(403)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        write(&path, "one");
        let file = TokenFile::new(&path);
        let scene = Scene::new(1, |builder| builder.credentials(file)).await;
        let mut state = scene.gm.subscription::<Thing>().unwrap();
        match refusal {
            None => scene.listener.accept().await.close(4401).await,
            Some(status) => drop(scene.listener.answer(Handshake::Refuse(status)).await),
        }
        state.wait_for(is_refused).await.unwrap();
        write(&path, "longer");
        scene.clock.advance(COMPARE_INTERVAL);
        let peer = scene.listener.accept().await;
        assert_eq!(token_of(&peer), "Bearer longer", "{refusal:?}");
        state.wait_for(SubscriptionState::is_live).await.unwrap();
    }
}

/// As a token that is replaced in its file a moment after the owner's own list of tokens.
#[tokio::test]
async fn a_websocket_that_came_too_early_after_4408_comes_again_with_the_next_token() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    write(&path, "one");
    let file = TokenFile::new(&path);
    let scene = Scene::new(1, |builder| builder.credentials(file)).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    let former = scene.listener.accept().await;
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    former.close(4408).await;
    let next = scene.listener.accept().await;
    assert_eq!(token_of(&next), "Bearer one");
    next.close(4401).await;
    state.wait_for(is_refused).await.unwrap();
    write(&path, "longer");
    scene.clock.advance(COMPARE_INTERVAL);
    assert_eq!(token_of(&scene.listener.accept().await), "Bearer longer");
}

/// A credential that a request has caused is noticed, too.
#[tokio::test]
async fn a_refused_websocket_comes_with_the_credential_of_a_request() {
    let (scene, former, calls) = live(billing("one")).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    former.close(4401).await;
    let call = calls.next().await;
    assert!(call.rejected);
    call.give(billing("one"));
    state.wait_for(is_refused).await.unwrap();
    // The next call because of a rejection is 10 s later.
    scene.clock.advance(Duration::from_secs(10));
    scene.owner.failing.store(401, Ordering::SeqCst);
    let read = async { QuietThing::get(&scene.gm, 1).fresh().await };
    let (rejected, ()) = tokio::join!(read, calls.give(billing("two")));
    assert!(rejected.is_err());
    assert_eq!(token_of(&scene.listener.accept().await), "Bearer two");
}

/// A provider whose version is unknown is called after a backoff.
#[tokio::test]
async fn a_provider_without_a_version_is_called_while_the_websocket_is_refused() {
    let (provider, calls) = held();
    let scene = Scene::new(1, |builder| builder.credentials(provider)).await;
    let mut state = scene.gm.subscription::<Thing>().unwrap();
    let unending = |token: &str| Credential::bearer(token).of("billing");
    calls.give(unending("one")).await;
    scene.listener.accept().await.close(4401).await;
    calls.give(unending("one")).await;
    state.wait_for(is_refused).await.unwrap();
    scene.clock.advance(Duration::from_secs(20));
    let call = calls.next().await;
    assert!(call.rejected);
    call.give(unending("two"));
    assert_eq!(token_of(&scene.listener.accept().await), "Bearer two");
}
