//! Measures the invalidation by an event, for a small and for a large cache.

use std::future::{Future, ready};
use std::hint::black_box;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use gm_examples::RemoteProject;
use gm_runtime::Gm;
use gm_runtime::client::{HttpRequest, HttpResponse, InvalidationEvent, Transport};
use gm_runtime::error::TransportError;
use tokio::runtime::Runtime;

use crate::owner;
use crate::rounds::{Contestant, Unit, compare};

const FEW: i64 = 1_000;
const MANY: i64 = 1_000_000;
const EVENTS: u64 = 50_000;
const ROUNDS: usize = 31;

/// Responds to every request for a row.
struct Rows;

impl Transport for Rows {
    fn send(
        &self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, TransportError>> + Send>> {
        let id = request.url().rsplit('/').next().expect("an id");
        let body = format!(
            r#"{{"items": [{{"id": {id}, "name": "Project {id}", "status": "active"}}], "metadata": {{"protocol_version": "v1"}}}}"#
        );
        Box::pin(ready(Ok(HttpResponse::new(200, [], body))))
    }
}

/// A handle with these rows in its cache.
async fn holding(owner: std::net::SocketAddr, rows: i64) -> Gm {
    let builder = Gm::builder()
        .transport(Rows)
        .cache_capacity(u64::MAX)
        // No pings during the measurement.
        .subscription_ping_interval(Duration::from_secs(600));
    let gm = owner::consumer(owner, builder).await;
    for id in 1..=rows {
        RemoteProject::get(&gm, id).await.expect("a row");
    }
    // Checks that the cache serves its entries.
    for id in 1..=rows {
        RemoteProject::get(&gm, id)
            .into_future()
            .now_or_never()
            .expect("the cache answers at once")
            .expect("a row");
    }
    gm
}

fn event(id: i64) -> String {
    format!(
        r#"{{"protocol_version":"v1","base_path":"/internal/gm","resource_name":"projects","action":"update","event_id":"6b0e6a2e-6f0c-4a53-8a5a-0d2b9d1f3c11","identification":{{"id":{id}}}}}"#
    )
}

pub(crate) fn run(runtime: &Runtime) -> String {
    let owner = owner::start(0);
    let few = runtime.block_on(holding(owner, FEW));
    let many = runtime.block_on(holding(owner, MANY));

    // The first row of each thousand, so that both handles get the same number of events.
    let texts: Vec<String> = (1..=FEW).map(event).collect();
    let events: Vec<InvalidationEvent> = texts
        .iter()
        .map(|text| InvalidationEvent::parse(text).expect("an event"))
        .collect();
    let pass = |gm: &Gm| {
        for event in events.iter().cycle().take(EVENTS as usize) {
            assert!(RemoteProject::handle_invalidation_event(gm, black_box(event)));
        }
        EVENTS
    };
    let read_and_pass = |gm: &Gm| {
        for text in texts.iter().cycle().take(EVENTS as usize) {
            let event = InvalidationEvent::parse(black_box(text)).expect("an event");
            assert!(RemoteProject::handle_invalidation_event(gm, &event));
        }
        EVENTS
    };
    let passed = compare(
        "an event, passed",
        Unit::NANOSECONDS,
        ROUNDS,
        vec![
            Contestant::new("1,000 entries", || pass(&few)),
            Contestant::new("1,000,000 entries", || pass(&many)),
        ],
    );
    let read = compare(
        "an event, from its text on",
        Unit::NANOSECONDS,
        ROUNDS,
        vec![
            Contestant::new("1,000 entries", || read_and_pass(&few)),
            Contestant::new("1,000,000 entries", || read_and_pass(&many)),
        ],
    );

    let stats = |gm: &Gm| {
        gm.cache_stats::<RemoteProject>()
            .expect("known")
            .expect("a consumer's")
    };
    assert!(stats(&few).entries >= FEW as u64 && stats(&many).entries >= MANY as u64);
    // Checks that the events invalidated their rows, which are requested again.
    let misses = stats(&many).misses;
    runtime
        .block_on(RemoteProject::get(&many, 1).into_future())
        .expect("a row");
    assert_eq!(stats(&many).misses, misses + 1);
    passed + &read
}
