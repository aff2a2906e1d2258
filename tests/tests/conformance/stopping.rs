//! Requests in flight at a shutdown.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, Gm, GmBuilder};
use gm_tests::conformance::{Project, Running};
use gm_tests::raw::Request;
use tokio::sync::Semaphore;

/// Storage whose reads and writes wait for a permit.
#[derive(Clone)]
struct Gated {
    entered: Arc<Semaphore>,
    gate: Arc<Semaphore>,
    written: Arc<AtomicUsize>,
}

impl Gated {
    fn new() -> Self {
        Self {
            entered: Arc::new(Semaphore::new(0)),
            gate: Arc::new(Semaphore::new(0)),
            written: Arc::default(),
        }
    }

    async fn serve(&self, settings: impl FnOnce(GmBuilder) -> GmBuilder) -> Running {
        let builder = Gm::builder()
            .interface::<Project>(self.clone())
            .expose::<Project>();
        Running::start(settings(builder)).await.unwrap()
    }
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

    async fn create(&self, values: &Values) -> Result<Project, Error> {
        self.entered.add_permits(1);
        self.gate.acquire().await.map_err(Error::storage)?.forget();
        let written = self.written.fetch_add(1, Ordering::SeqCst) + 1;
        values.to_row_with_id(written as i64)
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

/// A service with a request in flight.
async fn stuck() -> Stuck {
    let gated = Gated::new();
    let service = gated.serve(|builder| builder).await;
    let address = service.address;
    let answer = tokio::spawn(async move {
        let query = Request::new("POST", "/internal/gm/projects/query").json("{}");
        query.send(address).await
    });
    gated.entered.acquire().await.unwrap().forget();
    Stuck {
        service,
        gate: gated.gate,
        answer,
    }
}

#[tokio::test]
async fn a_request_in_flight_is_answered() {
    let stuck = stuck().await;
    let stopping = tokio::spawn(stuck.service.stop());
    stuck.gate.add_permits(1);
    assert_eq!(stuck.answer.await.unwrap().unwrap().status, 200);
    stopping.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_is_aborted() {
    let stuck = stuck().await;
    let stopped = tokio::time::timeout(Duration::from_secs(2), stuck.service.stop());
    stopped.await.expect("two seconds at most").unwrap();
    assert!(stuck.answer.await.unwrap().is_err());
}

fn create() -> Request {
    Request::new("POST", "/internal/gm/projects").json(r#"{"name": "a", "status": "b"}"#)
}

/// The writes take longer than requests may. The caller of one has left, so this write has no connection.
#[tokio::test]
async fn writes_in_flight_are_completed() {
    let gated = Gated::new();
    let service = gated.serve(|builder| builder).await;
    let address = service.address;
    let waits = tokio::spawn(async move { create().send(address).await });
    let leaves = tokio::spawn(async move { create().send(address).await });
    gated.entered.acquire_many(2).await.unwrap().forget();
    leaves.abort();
    assert!(leaves.await.unwrap_err().is_cancelled());
    let mut stopping = Box::pin(tokio::spawn(service.stop()));
    let stopped = tokio::time::timeout(Duration::from_millis(2100), &mut stopping);
    assert!(stopped.await.is_err(), "the service ended before its writes");
    gated.gate.add_permits(2);
    assert_eq!(waits.await.unwrap().unwrap().status, 201);
    stopping.await.unwrap().unwrap();
    assert_eq!(gated.written.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_write_that_never_ends_is_aborted() {
    let gated = Gated::new();
    let service = gated
        .serve(|builder| builder.write_drain_time(Duration::from_millis(100)))
        .await;
    let address = service.address;
    let answer = tokio::spawn(async move { create().send(address).await });
    gated.entered.acquire().await.unwrap().forget();
    let stopped = tokio::time::timeout(Duration::from_secs(4), service.stop());
    stopped
        .await
        .expect("two seconds, and the time for writes")
        .unwrap();
    assert!(answer.await.unwrap().is_err());
}
