//! Tests of `gateway`, which exposes the projects of another service with permissions of its own.

use std::net::SocketAddr;
use std::path::Path;

use gm_examples::RemoteProject;
use gm_runtime::client::{Disconnect, SubscriptionState};
use gm_runtime::field::Value;
use gm_runtime::{GeneralManager, Gm};
use rustix::process::Signal;
use serde_json::json;
use tokio::sync::mpsc;

use crate::http::post;
use crate::service::{Service, address_in, gateway};

/// A project in a consumer of the gateway.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://gateway.example.com",
    base_path = "/public/gm",
    resource = "projects",
    operations(filter, detail, update),
    websocket_invalidation
)]
struct PublicProject {
    #[field(id)]
    id: i64,
    name: String,
    status: String,
}

/// A project-service, a gateway in front of it, and consumers of both.
struct Chain {
    folder: tempfile::TempDir,
    owner: Service,
    owner_address: SocketAddr,
    gateway: Service,
    address: SocketAddr,
}

impl Chain {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (owner, owner_address) = Service::start(&database(folder.path()));
        let mut command = gateway();
        command
            .args(["--listen", "127.0.0.1:0", "--token", "billing=secret", "--owner"])
            .arg(format!("http://{owner_address}"));
        let mut gateway = Service::spawn(command);
        let address = address_in(&gateway.line());
        Self {
            folder,
            owner,
            owner_address,
            gateway,
            address,
        }
    }

    async fn consumer(&self, token: Option<&str>) -> Gm {
        let mut gm = Gm::builder().base_url("http://gateway.example.com", format!("http://{}", self.address));
        if let Some(token) = token {
            gm = gm.bearer_token(token);
        }
        gm.build().await.unwrap()
    }

    /// Another client, which writes at the owner.
    async fn writer(&self) -> Gm {
        let url = format!("http://{}", self.owner_address);
        let gm = Gm::builder().base_url("https://project-service.example.com", url);
        gm.build().await.unwrap()
    }

    fn create(&self, name: &str) {
        let body = json!({"name": name, "status": "active"}).to_string();
        let (status, answer) = post(self.owner_address, "/internal/gm/projects", None, &body);
        assert_eq!(status, 201, "{answer}");
    }
}

fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("projects.db")
}

#[tokio::test]
async fn the_gateway_has_its_own_permissions() {
    let chain = Chain::start();
    chain.create("Alpha");
    let anybody = chain.consumer(None).await;
    let alpha = PublicProject::filter(|p| p.name.eq("Alpha"))
        .one(&anybody)
        .await
        .unwrap();
    let denied = alpha.update().status("closed").exec(&anybody).await.unwrap_err();
    assert!(denied.is_permission_denied(), "{denied}");
    let billing = chain.consumer(Some("secret")).await;
    let closed = alpha.update().status("closed").exec(&billing).await.unwrap();
    assert_eq!(closed.status, "closed");
    // The owner allows this, and the gateway does not.
    let body = r#"{"name": "Beta", "status": "active"}"#;
    let (status, _) = post(chain.address, "/public/gm/projects", Some("Bearer secret"), body);
    assert_eq!(status, 404);
    // A refusal of the owner has the owner's message.
    let long = alpha
        .update()
        .status("x".repeat(51))
        .exec(&billing)
        .await
        .unwrap_err();
    assert!(long.is_invalid(), "{long}");
    let details = long.remote().unwrap().details().unwrap();
    assert_eq!(details["field"], "status");
}

#[tokio::test]
async fn events_are_forwarded_and_a_dead_owner_closes_the_subscribers() {
    let mut chain = Chain::start();
    chain.create("Alpha");
    let gm = chain.consumer(None).await;
    let mut subscription = gm.subscription::<PublicProject>().unwrap();
    subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    let (sender, mut events) = mpsc::unbounded_channel();
    let _told = gm.on_change::<PublicProject>(move |change| {
        let _ = sender.send(change.id().cloned());
    });
    assert_eq!(PublicProject::get(&gm, 1).await.unwrap().name, "Alpha");
    let renamed = RemoteProject::by_id(1).update().name("Omega");
    renamed.exec(&chain.writer().await).await.unwrap();
    while events.recv().await.unwrap() != Some(Value::Integer(1)) {}
    // The gateway invalidated the row before it sent the event.
    assert_eq!(PublicProject::get(&gm, 1).await.unwrap().name, "Omega");

    chain.owner.signal(Signal::KILL);
    let closed = subscription.wait_for(|state| {
        matches!(
            state,
            SubscriptionState::Waiting {
                reason: Disconnect::Closed(Some(1013))
            }
        )
    });
    closed.await.unwrap();
    let error = PublicProject::get(&gm, 1).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");

    let listen = chain.owner_address.to_string();
    let database = database(chain.folder.path());
    (chain.owner, _) = Service::start_with(&database, &["--listen", &listen]);
    subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    assert_eq!(PublicProject::get(&gm, 1).await.unwrap().name, "Omega");
    chain.gateway.signal(Signal::TERM);
    assert!(chain.gateway.ended().success());
}
