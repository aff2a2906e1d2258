//! Credentials that end and are revoked, with an owner of this project over real sockets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use gm_runtime::Gm;
use gm_runtime::access::Principal;
use gm_runtime::client::{Credential, CredentialProvider, CredentialRequest, SubscriptionState};
use gm_runtime::error::CredentialError;
use gm_runtime::server::{Authenticator, Presented, Rejected};
use gm_tests::conformance::{self, Project, Running};
use tokio::sync::mpsc;

use crate::end_to_end::RemoteProject;

/// A renewal is due between a half and three quarters of it, so a busy machine has at least 1.5 s to replace the websocket.
const LIFE: Duration = Duration::from_secs(6);

/// An identity provider: the tokens that it issued, and their ends.
#[derive(Clone)]
struct Issuer {
    tokens: Arc<Mutex<HashMap<String, SystemTime>>>,
    /// Whether each token was issued because the one before was rejected.
    issued: mpsc::UnboundedSender<bool>,
}

impl CredentialProvider for Issuer {
    async fn credential(&self, request: &CredentialRequest) -> Result<Credential, CredentialError> {
        let mut tokens = self.tokens.lock().unwrap();
        let (token, end) = (format!("token-{}", tokens.len()), SystemTime::now() + LIFE);
        tokens.insert(token.clone(), end);
        let _ = self.issued.send(request.was_rejected());
        Ok(Credential::bearer(token).until(end).of("billing"))
    }
}

impl Authenticator for Issuer {
    async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        let Some(token) = presented.bearer_token() else {
            return Ok(None);
        };
        let tokens = self.tokens.lock().unwrap();
        let end = tokens.get(token).filter(|end| **end > SystemTime::now());
        let end = end.ok_or_else(|| Rejected::new("the token is unknown or has ended"))?;
        Ok(Some(Principal::named("billing").until(*end)))
    }
}

struct Scene {
    owner: Running,
    issuer: Issuer,
    issued: mpsc::UnboundedReceiver<bool>,
    gm: Gm,
}

impl Scene {
    async fn live() -> Self {
        let (sender, issued) = mpsc::unbounded_channel();
        let issuer = Issuer {
            tokens: Arc::default(),
            issued: sender,
        };
        let builder = conformance::builder()
            .database("sqlite::memory:")
            .authenticator(issuer.clone());
        let owner = Running::start(builder).await.unwrap();
        conformance::seed(&owner.gm).await.unwrap();
        let builder = Gm::builder()
            .base_url("http://owner.test", format!("http://{}", owner.address))
            .credentials(issuer.clone());
        let gm = builder.build().await.unwrap();
        let mut state = gm.subscription::<RemoteProject>().unwrap();
        state.wait_for(SubscriptionState::is_live).await.unwrap();
        Self {
            owner,
            issuer,
            issued,
            gm,
        }
    }

    /// Renames project 1 at the owner, and waits for the event.
    async fn rename(&self, name: &str) {
        let (sender, mut changed) = mpsc::unbounded_channel();
        let subscription = self.gm.on_change::<RemoteProject>(move |_| {
            let _ = sender.send(());
        });
        let renamed = Project::by_id(1).update().name(name);
        renamed.exec(&self.owner.gm).await.unwrap();
        changed.recv().await.unwrap();
        drop(subscription);
    }

    async fn name(&self) -> String {
        RemoteProject::get(&self.gm, 1).await.unwrap().name
    }
}

#[tokio::test]
async fn the_cache_outlives_the_credential_that_filled_it() {
    let mut scene = Scene::live().await;
    assert_eq!(scene.issued.recv().await, Some(false));
    scene.name().await;
    let before = scene.gm.cache_stats::<RemoteProject>().unwrap().unwrap();
    // The second renewal is after the end of the first token.
    assert_eq!(scene.issued.recv().await, Some(false));
    assert_eq!(scene.issued.recv().await, Some(false));
    scene.name().await;
    let after = scene.gm.cache_stats::<RemoteProject>().unwrap().unwrap();
    assert_eq!(
        (after.opened, after.misses, after.refreshes),
        (1, before.misses, 0)
    );
    assert_eq!(after.hits, before.hits + 1);
    scene.rename("renamed").await;
    assert_eq!(scene.name().await, "renamed");
    scene.gm.close().await;
    scene.owner.stop().await.unwrap();
}

#[tokio::test]
async fn a_revoked_credential_is_replaced_at_once() {
    let mut scene = Scene::live().await;
    scene.name().await;
    assert_eq!(scene.issued.recv().await, Some(false));
    scene
        .issuer
        .tokens
        .lock()
        .unwrap()
        .insert("token-0".to_owned(), SystemTime::UNIX_EPOCH);
    let mut state = scene.gm.subscription::<RemoteProject>().unwrap();
    scene.owner.gm.revoke("billing");
    assert_eq!(scene.issued.recv().await, Some(true));
    while scene.gm.cache_stats::<RemoteProject>().unwrap().unwrap().opened < 2 {
        state.changed().await.unwrap();
    }
    scene.rename("renamed").await;
    assert_eq!(scene.name().await, "renamed");
    scene.gm.close().await;
    scene.owner.stop().await.unwrap();
}
