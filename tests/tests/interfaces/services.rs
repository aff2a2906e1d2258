//! Services of managers, and handles whose owner they are.

use gm_runtime::{Gm, GmBuilder};
use gm_tests::conformance::Running;

/// A service of the managers that the builder exposes.
pub(crate) async fn serve(builder: GmBuilder) -> Running {
    Running::start(builder).await.unwrap()
}

/// A service that runs until the end of the process: its handle and its URL.
pub(crate) async fn serve_until_the_end(builder: GmBuilder) -> (Gm, String) {
    let running = serve(builder).await;
    let (gm, url) = (running.gm.clone(), url_of(&running));
    // A drop would stop the service.
    std::mem::forget(running);
    (gm, url)
}

/// A service or consumer whose managers use this one as their owner, `http://owner.test`.
pub(crate) fn behind(owner: &Running) -> GmBuilder {
    Gm::builder().base_url("http://owner.test", url_of(owner))
}

fn url_of(service: &Running) -> String {
    format!("http://{}", service.address)
}
