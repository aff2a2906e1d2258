//! An owner on a free port, and the handle of a consumer.

use gm_runtime::Gm;
use gm_tests::conformance::Running;
use gm_tests::database::TestDatabase;
use gm_tests::raw::{Request, Response};

use crate::model::{Full, Sample};

pub(crate) struct Service {
    running: Running,
    pub(crate) owner: Gm,
    pub(crate) consumer: Gm,
}

impl Service {
    pub(crate) async fn start(database: &TestDatabase) -> Self {
        let builder = Gm::builder()
            .database(database.url())
            .expose::<Sample>()
            .expose::<Full>();
        let running = Running::start(builder).await.unwrap();
        let consumer = Gm::builder()
            .base_url("http://owner.test", format!("http://{}", running.address))
            .build()
            .await
            .unwrap();
        Self {
            owner: running.gm.clone(),
            running,
            consumer,
        }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> Response {
        let request = Request::new(method, path).json(body);
        request.send(self.running.address).await.unwrap()
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}
