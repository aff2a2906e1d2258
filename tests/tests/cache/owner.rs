//! An owner of a few rows, behind a transport that can hold back requests and replies.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gm_runtime::client::{HttpRequest, HttpResponse, Method, SubscriptionState, Transport, TransportFuture};
use gm_runtime::error::TransportError;
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::clock::TestClock;
use serde_json::json;
use tokio::sync::watch;

use crate::peer::{Listener, Peer};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "things",
    websocket_invalidation
)]
pub(crate) struct Thing {
    #[field(id)]
    pub(crate) id: i64,
    /// Raised by each write.
    pub(crate) rev: i64,
}

/// The same resource under another name, and without a websocket.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "things"
)]
pub(crate) struct QuietThing {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) rev: i64,
}

/// A gate, which is open or closed.
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    fn new() -> Self {
        Self(watch::Sender::new(true))
    }

    pub(crate) fn close(&self) {
        self.0.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }

    fn passed(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut gate = self.0.subscribe();
        async move {
            gate.wait_for(|open| *open).await.unwrap();
        }
    }
}

/// An owner: its rows, and the requests to it.
pub(crate) struct Owner {
    pub(crate) rows: Mutex<BTreeMap<i64, i64>>,
    /// Requests on their way to the owner.
    pub(crate) requests: Gate,
    /// Replies on their way back. They contain the rows at the arrival of the request.
    pub(crate) replies: Gate,
    /// If not zero, the status of each response.
    pub(crate) failing: AtomicUsize,
    /// The header `authorization` of each request that arrived.
    pub(crate) authorizations: Mutex<Vec<Option<String>>>,
    sent: AtomicUsize,
    arrived: watch::Sender<usize>,
    answered: watch::Sender<usize>,
}

impl Owner {
    /// Rows 1 to `rows`, each with `rev` 1.
    pub(crate) fn new(rows: i64) -> Arc<Self> {
        Arc::new(Self {
            rows: Mutex::new((1..=rows).map(|id| (id, 1)).collect()),
            requests: Gate::new(),
            replies: Gate::new(),
            failing: AtomicUsize::new(0),
            authorizations: Mutex::default(),
            sent: AtomicUsize::new(0),
            arrived: watch::Sender::new(0),
            answered: watch::Sender::new(0),
        })
    }

    /// Another process changes a row.
    pub(crate) fn change(&self, id: i64) -> i64 {
        let mut rows = self.rows.lock().unwrap();
        let rev = rows.entry(id).or_insert(0);
        *rev += 1;
        *rev
    }

    /// The number of requests that were sent.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// Waits until this many requests arrived at the owner.
    pub(crate) async fn wait_arrived(&self, requests: usize) {
        reach(&self.arrived, requests).await;
    }

    /// Waits until this many responses were received.
    pub(crate) async fn wait_answered(&self, requests: usize) {
        reach(&self.answered, requests).await;
    }

    fn answer(&self, request: &HttpRequest) -> (u16, serde_json::Value) {
        let authorization = request.headers().find(|(name, _)| *name == "authorization");
        let authorization = authorization.map(|(_, value)| value.to_owned());
        self.authorizations.lock().unwrap().push(authorization);
        let failing = self.failing.load(Ordering::SeqCst);
        if failing != 0 {
            return (u16::try_from(failing).unwrap(), json!({}));
        }
        let row = |(id, rev): (&i64, &i64)| json!({"id": id, "rev": rev});
        let mut rows = self.rows.lock().unwrap();
        let last = request.url().rsplit('/').next().unwrap();
        let id: Option<i64> = last.parse().ok();
        let (status, items) = match (request.method(), id) {
            (Method::Post, _) if last == "query" => (200, rows.iter().map(row).collect()),
            (Method::Get, Some(id)) => match rows.get_key_value(&id) {
                Some(found) => (200, vec![row(found)]),
                None => (404, Vec::new()),
            },
            (Method::Post, _) => {
                let id = rows.keys().max().unwrap_or(&0) + 1;
                rows.insert(id, 1);
                (201, vec![row((&id, &1))])
            }
            (Method::Patch, Some(id)) => {
                let rev = rows.get_mut(&id).unwrap();
                *rev += 1;
                (200, vec![row((&id, rev))])
            }
            (Method::Delete, Some(id)) => {
                rows.remove(&id);
                (200, Vec::new())
            }
            other => panic!("{other:?}"),
        };
        let total = items.len();
        let metadata = json!({
            "protocol_version": "v1", "total_count": total, "page": null, "page_size": null, "ordering": null,
        });
        (status, json!({"items": items, "metadata": metadata}))
    }
}

async fn reach(count: &watch::Sender<usize>, wanted: usize) {
    count
        .subscribe()
        .wait_for(|count| *count >= wanted)
        .await
        .unwrap();
}

/// Sends requests to the owner.
struct OwnerTransport(Arc<Owner>);

impl Transport for OwnerTransport {
    fn send(&self, request: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        let owner = Arc::clone(&self.0);
        Box::pin(async move {
            owner.sent.fetch_add(1, Ordering::SeqCst);
            owner.requests.passed().await;
            let (status, body) = owner.answer(&request);
            owner.arrived.send_modify(|arrived| *arrived += 1);
            owner.replies.passed().await;
            owner.answered.send_modify(|answered| *answered += 1);
            Ok(HttpResponse::new(status, [], body.to_string()))
        })
    }
}

/// A consumer, its owner, and the listener for its websocket.
pub(crate) struct Scene {
    pub(crate) owner: Arc<Owner>,
    pub(crate) listener: Listener,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) gm: Gm,
}

impl Scene {
    pub(crate) async fn new(rows: i64, settings: impl FnOnce(GmBuilder) -> GmBuilder) -> Self {
        let (owner, listener) = (Owner::new(rows), Listener::open().await);
        let clock = Arc::new(TestClock::default());
        // The requests are counted.
        let builder = Gm::builder()
            .idempotent_writes(false)
            .base_url("http://owner.test", listener.url())
            .transport(OwnerTransport(Arc::clone(&owner)))
            .retries(0)
            // Long intervals, so that pings matter only in tests that set shorter ones.
            .subscription_ping_interval(Duration::from_secs(3600))
            .max_staleness(Duration::from_secs(7200))
            .cache_clock(clock.clone());
        let gm = settings(builder).build().await.unwrap();
        Self {
            owner,
            listener,
            clock,
            gm,
        }
    }

    /// With a live subscription.
    pub(crate) async fn live(rows: i64) -> (Self, Peer) {
        Self::live_with(rows, |builder| builder).await
    }

    pub(crate) async fn live_with(rows: i64, settings: impl FnOnce(GmBuilder) -> GmBuilder) -> (Self, Peer) {
        let scene = Self::new(rows, settings).await;
        let mut state = scene.gm.subscription::<Thing>().unwrap();
        let peer = scene.listener.accept().await;
        state.wait_for(SubscriptionState::is_live).await.unwrap();
        (scene, peer)
    }

    /// The `rev` of a row, and the number of requests to read it.
    pub(crate) async fn rev(&self, id: i64) -> (i64, usize) {
        let before = self.owner.sent();
        let thing = Thing::get(&self.gm, id).await.unwrap();
        (thing.rev, self.owner.sent() - before)
    }

    /// The `rev` of each row, and the number of requests to read them.
    pub(crate) async fn revs(&self) -> (Vec<i64>, usize) {
        let before = self.owner.sent();
        let things = Thing::query().all(&self.gm).await.unwrap();
        (
            things.iter().map(|thing| thing.rev).collect(),
            self.owner.sent() - before,
        )
    }

    /// Runs `doing`, and waits until the consumer has handled one event.
    pub(crate) async fn handled<F: Future<Output = ()>>(&self, doing: F) {
        let (sender, mut handled) = tokio::sync::mpsc::unbounded_channel();
        let subscription = self.gm.on_change::<Thing>(move |_| {
            let _ = sender.send(());
        });
        doing.await;
        handled.recv().await.unwrap();
        drop(subscription);
    }
}
