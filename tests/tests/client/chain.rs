//! A chain of gateways, over real sockets.

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;

/// A manager of another service, which the gateway exposes to the next one.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "projects")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "projects",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
pub(crate) struct Passed {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) name: String,
    #[field(default)]
    pub(crate) stars: i32,
}

/// The manager of the owner.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "projects",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    default_page_size = 3,
    max_page_size = 5
)]
pub(crate) struct Owned {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) name: String,
    #[field(default = 0)]
    pub(crate) stars: i32,
}

/// A chain of gateways. The first one reads from the service at `owner`.
pub(crate) struct Chain {
    url: String,
    gateways: Vec<Running>,
}

impl Chain {
    pub(crate) async fn start(owner: String, length: usize) -> Self {
        Self::with(owner, length, |builder| builder).await
    }

    pub(crate) async fn with(
        owner: String,
        length: usize,
        settings: impl Fn(GmBuilder) -> GmBuilder,
    ) -> Self {
        let mut chain = Self {
            url: owner,
            gateways: Vec::new(),
        };
        for _ in 0..length {
            let builder = settings(chain.builder()).expose::<Passed>();
            let gateway = Running::start(builder).await.unwrap();
            chain.url = format!("http://{}", gateway.address);
            chain.gateways.push(gateway);
        }
        chain
    }

    /// A builder for a consumer of the last gateway.
    pub(crate) fn builder(&self) -> GmBuilder {
        // Each request is scripted or counted. The test `idempotency` is about the keys of writes, and `schemas` about the check.
        Gm::builder()
            .base_url("http://owner.test", &self.url)
            .idempotent_writes(false)
            .check_schemas(false)
    }

    /// The address of the last gateway.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.gateways.last().unwrap().address
    }

    pub(crate) async fn stop(self) {
        for gateway in self.gateways.into_iter().rev() {
            gateway.stop().await.unwrap();
        }
    }
}
