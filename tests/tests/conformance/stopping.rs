//! Requests that are under way when the service is told to end.

use std::sync::Arc;
use std::time::Duration;

use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, Gm};
use gm_tests::conformance::{Project, Running};
use gm_tests::raw::Request;
use tokio::sync::Semaphore;

/// Rows that are read once there is a permit.
struct Gated {
    entered: Arc<Semaphore>,
    gate: Arc<Semaphore>,
}

impl Interface<Project> for Gated {
    async fn query(&self, _: &Select) -> Result<Page<Project>, Error> {
        self.entered.add_permits(1);
        let _permit = self.gate.acquire().await.map_err(Error::storage)?;
        Ok(Page::new(Vec::new(), Some(0)))
    }

    async fn get(&self, _: &i64) -> Result<Option<Project>, Error> {
        Ok(None)
    }

    async fn create(&self, _: &Values) -> Result<Project, Error> {
        Err(Error::Conflict {
            manager: "Project",
            field: None,
        })
    }

    async fn update(&self, _: &i64, _: &Values) -> Result<Option<Updated<Project>>, Error> {
        Ok(None)
    }

    async fn delete(&self, _: &i64) -> Result<bool, Error> {
        Ok(false)
    }
}

struct Stuck {
    service: Running,
    gate: Arc<Semaphore>,
    answer: tokio::task::JoinHandle<std::io::Result<gm_tests::raw::Response>>,
}

/// A service with a request under way.
async fn stuck() -> Stuck {
    let (entered, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let gated = Gated {
        entered: Arc::clone(&entered),
        gate: Arc::clone(&gate),
    };
    let builder = Gm::builder().interface::<Project>(gated).expose::<Project>();
    let service = Running::start(builder).await.unwrap();
    let address = service.address;
    let answer = tokio::spawn(async move {
        let query = Request::new("POST", "/internal/gm/projects/query").json("{}");
        query.send(address).await
    });
    entered.acquire().await.unwrap().forget();
    Stuck {
        service,
        gate,
        answer,
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered() {
    let stuck = stuck().await;
    let stopping = tokio::spawn(stuck.service.stop());
    stuck.gate.add_permits(1);
    assert_eq!(stuck.answer.await.unwrap().unwrap().status, 200);
    stopping.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_is_given_up() {
    let stuck = stuck().await;
    let stopped = tokio::time::timeout(Duration::from_secs(2), stuck.service.stop());
    stopped.await.expect("two seconds at most").unwrap();
    assert!(stuck.answer.await.unwrap().is_err());
}
