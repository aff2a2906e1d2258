//! Loop detection: gateways whose owners are gateways of them.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::dev::Service;
use actix_web::{App, HttpServer};
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use tokio::sync::Barrier;

use crate::end_to_end::Owner;

/// Projects of the service behind the gateway.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects",
    websocket_invalidation
)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "projects",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
#[permission(read = public, create = public, update = public, delete = public)]
struct Passed {
    #[field(id)]
    id: i64,
    name: String,
}

/// Another manager of the gateway's service, which the service behind it reads.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://last.test",
    base_path = "/internal/gm",
    resource = "projects"
)]
#[remote_api(base_path = "/internal/gm", resource = "inner", allow_detail)]
#[permission(read = public)]
struct Inner {
    #[field(id)]
    id: i64,
    name: String,
}

/// A manager of the service behind the gateway, whose owner is the gateway's service again.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "inner"
)]
#[remote_api(base_path = "/internal/gm", resource = "projects", allow_detail)]
#[permission(read = public)]
struct Between {
    #[field(id)]
    id: i64,
    name: String,
}

/// A loop of gateways: the owner of each is the next one, and the owner of the last one is the first. Returns the number of
/// requests to them. With a barrier, requests that were forwarded once wait for each other.
async fn ring(
    listeners: Vec<TcpListener>,
    settings: impl Fn(GmBuilder) -> GmBuilder,
    meeting: Option<Arc<Barrier>>,
) -> Arc<AtomicUsize> {
    let asked = Arc::new(AtomicUsize::new(0));
    let addresses: Vec<_> = listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap())
        .collect();
    for (place, listener) in listeners.into_iter().enumerate() {
        let owner = addresses[(place + 1) % addresses.len()];
        let builder = Gm::builder()
            .base_url("http://owner.test", format!("http://{owner}"))
            .expose::<Passed>();
        let services = settings(builder).build().await.unwrap().services();
        let (asked, meeting) = (Arc::clone(&asked), meeting.clone());
        let server = HttpServer::new(move || {
            let (asked, meeting) = (Arc::clone(&asked), meeting.clone());
            App::new()
                .wrap_fn(move |request, service| {
                    if !request.path().contains("/ws/") {
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                    let via = request.headers().get("via").and_then(|via| via.to_str().ok());
                    let passed = via.map_or(0, |via| via.split(',').count());
                    let meeting = meeting.clone().filter(|_| passed == 1);
                    let answer = service.call(request);
                    async move {
                        if let Some(meeting) = meeting {
                            meeting.wait().await;
                        }
                        answer.await
                    }
                })
                .configure(services.clone())
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap();
        tokio::spawn(server.run());
    }
    asked
}

#[tokio::test]
async fn a_request_in_a_loop_of_gateways_ends_at_the_first_gateway() {
    for length in 1..=3 {
        let listeners: Vec<_> = (0..length)
            .map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap())
            .collect();
        let first = listeners[0].local_addr().unwrap();
        // The requests are counted.
        let asked = ring(listeners, |builder| builder.check_schemas(false), None).await;
        for request in [
            Request::new("GET", "/internal/gm/projects/1"),
            Request::new("POST", "/internal/gm/projects/query").json("{}"),
            Request::new("POST", "/internal/gm/projects").json(r#"{"name": "Alpha"}"#),
            Request::new("PATCH", "/internal/gm/projects/1").json("{}"),
            Request::new("DELETE", "/internal/gm/projects/1"),
        ] {
            let before = asked.load(Ordering::Relaxed);
            let answer = request.send(first).await.unwrap();
            assert_eq!(answer.status, 503, "{request:?}");
            assert_eq!(answer.header("retry-after"), Some("60"), "{request:?}");
            // Once around the loop, and the request that came back.
            assert_eq!(asked.load(Ordering::Relaxed) - before, length + 1, "{request:?}");
        }
    }
}

/// If the requests were shared, each would wait for the other.
#[tokio::test]
async fn requests_to_two_gateways_of_a_loop_do_not_deadlock() {
    let listeners: Vec<_> = (0..2)
        .map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap())
        .collect();
    let [first, second] = [&listeners[0], &listeners[1]].map(|listener| listener.local_addr().unwrap());
    // With a time to live, in-flight requests are valid for other callers.
    let kept = |builder: GmBuilder| {
        builder
            .manual_invalidation()
            .cache_time_to_live(Duration::from_secs(60))
    };
    let asked = ring(listeners, kept, Some(Arc::new(Barrier::new(2)))).await;
    for request in [
        Request::new("GET", "/internal/gm/projects/1"),
        Request::new("POST", "/internal/gm/projects/query").json("{}"),
    ] {
        let before = asked.load(Ordering::Relaxed);
        let (one, other) = tokio::join!(request.send(first), request.send(second));
        for answer in [one.unwrap(), other.unwrap()] {
            assert_eq!(answer.status, 503, "{request:?}");
            assert_eq!(answer.header("retry-after"), Some("60"), "{request:?}");
        }
        // Once around the loop for each, and the two that came back.
        assert_eq!(asked.load(Ordering::Relaxed) - before, 6, "{request:?}");
    }
}

/// A gateway as an application writes it: its own storage, which reads another service.
struct ByHand(Gm);

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = ByHand)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "projects",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
#[permission(read = public, create = public, update = public, delete = public)]
struct Written {
    #[field(id)]
    id: i64,
    name: String,
}

impl From<Passed> for Written {
    fn from(Passed { id, name }: Passed) -> Self {
        Self { id, name }
    }
}

impl Interface<Written> for ByHand {
    async fn query(&self, select: &Select) -> Result<Page<Written>, Error> {
        let rows = Passed::query().all(&self.0).await?.to_vec();
        Ok(select.page_of(&rows.into_iter().map(Written::from).collect::<Vec<_>>()))
    }

    async fn get(&self, id: &i64) -> Result<Option<Written>, Error> {
        Ok(Some(Passed::get(&self.0, *id).await?.into()))
    }

    async fn create(&self, _: &Values) -> Result<Written, Error> {
        let values = PassedCreate { name: "a".into() };
        Ok(Passed::create(values).exec(&self.0).await?.into())
    }

    async fn update(&self, id: &i64, _: &Values) -> Result<Option<Updated<Written>>, Error> {
        let row = Passed::by_id(*id).update().name("b").exec(&self.0).await?.into();
        Ok(Some(Updated { row, changed: true }))
    }

    async fn delete(&self, id: &i64) -> Result<bool, Error> {
        Passed::by_id(*id).delete(&self.0).await.map(|()| true)
    }
}

#[tokio::test]
async fn a_gateway_with_its_own_storage_detects_a_loop() {
    let [one, other] = [(); 2].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    let (first, second) = (one.local_addr().unwrap(), other.local_addr().unwrap());
    for (listener, next) in [(one, second), (other, first)] {
        let builder = Gm::builder().base_url("http://owner.test", format!("http://{next}"));
        let by_hand = ByHand(builder.manual_invalidation().build().await.unwrap());
        let builder = Gm::builder().interface::<Written>(by_hand).expose::<Written>();
        let services = builder.build().await.unwrap().services();
        let server = HttpServer::new(move || App::new().configure(services.clone()));
        let server = server.workers(1).disable_signals().listen(listener).unwrap();
        tokio::spawn(server.run());
    }
    for request in [
        Request::new("GET", "/internal/gm/projects/1"),
        Request::new("POST", "/internal/gm/projects/query").json("{}"),
        Request::new("POST", "/internal/gm/projects").json(r#"{"name": "Alpha"}"#),
        Request::new("PATCH", "/internal/gm/projects/1").json("{}"),
        Request::new("DELETE", "/internal/gm/projects/1"),
    ] {
        let answer = request.send(first).await.unwrap();
        assert_eq!(answer.status, 503, "{request:?}");
        assert_eq!(answer.header("retry-after"), Some("60"), "{request:?}");
    }
}

/// Two managers of one service on the path of a request are no loop.
#[tokio::test]
async fn a_request_may_pass_through_a_service_twice() {
    let owner = Owner::start().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let between = Gm::builder()
        .base_url("http://owner.test", format!("http://{address}"))
        .expose::<Between>();
    let between = Running::start(between).await.unwrap();
    let gm = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", between.address))
        .base_url("http://last.test", format!("http://{}", owner.running.address))
        .expose::<Passed>()
        .expose::<Inner>()
        .build()
        .await
        .unwrap();
    let services = gm.services();
    let server = HttpServer::new(move || App::new().configure(services.clone()))
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap();
    tokio::spawn(server.run());
    let request = Request::new("GET", "/internal/gm/projects/1");
    assert_eq!(request.send(address).await.unwrap().status, 200);
}

/// A caller chooses its `Via` header, which is forwarded up to a length.
#[tokio::test]
async fn a_request_with_too_many_gateways_is_refused() {
    let owner = Owner::start().await;
    let builder = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", owner.running.address))
        .expose::<Passed>();
    let gateway = Running::start(builder).await.unwrap();
    let get = |via: String| {
        let request = Request::new("GET", "/internal/gm/projects/1").header("Via", &via);
        async move { request.send(gateway.address).await.unwrap().status }
    };
    assert_eq!(
        get("1.1 proxy.example.com, 1.1 another (of these)".to_owned()).await,
        200
    );
    assert_eq!(get(String::new()).await, 200);
    assert_eq!(get("\u{e9}".to_owned()).await, 200);
    assert_eq!(get("1.1 gm-0123456789, ".repeat(50)).await, 200);
    assert_eq!(get("1.1 gm-0123456789, ".repeat(60)).await, 400);
}
