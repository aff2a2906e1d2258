//! A consumer of the service's projects.

use gm_runtime::{GeneralManager, Gm, GmBuilder};

use crate::service::Service;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://projects.example.com",
    base_path = "/internal/gm",
    resource = "projects",
    websocket_invalidation
)]
pub(crate) struct RemoteProject {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) status: String,
}

/// A consumer of the owner at this URL.
pub(crate) fn consumer(url: &str) -> GmBuilder {
    // The requests are counted.
    Gm::builder()
        .base_url("http://projects.example.com", url.to_owned())
        .check_schemas(false)
}

/// A consumer whose subscription is live.
pub(crate) async fn live(owner: &Service) -> Gm {
    let gm = consumer(&format!("http://{}", owner.address))
        .build()
        .await
        .unwrap();
    let mut state = gm.subscription::<RemoteProject>().unwrap();
    state.wait_for(|state| state.is_live()).await.unwrap();
    gm
}
