//! Retries.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gm_runtime::client::{HttpRequest, HttpResponse, Transport, TransportFuture};
use gm_runtime::error::{TransportError, TransportErrorKind};
use gm_runtime::{Error, Gm};

use crate::managers::RemoteProject;
use crate::server::{Answer, Server, rows};

const ROW: &str = r#"[{"id": 1, "name": "a", "status": "b"}]"#;

/// A transport with these failures before its response. Its delays take no time.
#[derive(Clone)]
struct Failing {
    failures: Arc<Mutex<Vec<Failure>>>,
    sent: Arc<Mutex<usize>>,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

#[derive(Clone)]
enum Failure {
    Kind(TransportErrorKind),
    Status(u16, Option<&'static str>),
}

impl Failing {
    fn new(mut failures: Vec<Failure>) -> Self {
        failures.reverse();
        Self {
            failures: Arc::new(Mutex::new(failures)),
            sent: Arc::default(),
            pauses: Arc::default(),
        }
    }

    async fn gm(&self) -> Gm {
        Gm::builder()
            .transport(self.clone())
            .idempotent_writes(false)
            .build()
            .await
            .unwrap()
    }

    fn sent(&self) -> usize {
        *self.sent.lock().unwrap()
    }
}

impl Transport for Failing {
    fn send(&self, _: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        *self.sent.lock().unwrap() += 1;
        let answer = match self.failures.lock().unwrap().pop() {
            Some(Failure::Kind(kind)) => Err(TransportError::new(kind)),
            Some(Failure::Status(status, after)) => {
                let header = after.map(|after| ("Retry-After".to_owned(), after.to_owned()));
                Ok(HttpResponse::new(status, header, ""))
            }
            None => Ok(HttpResponse::new(200, [], format!(r#"{{"items": {ROW}}}"#))),
        };
        Box::pin(async { answer })
    }

    fn sleep(&self, pause: Duration) -> TransportFuture<()> {
        self.pauses.lock().unwrap().push(pause);
        Box::pin(async {})
    }
}

use Failure::{Kind, Status};
use TransportErrorKind::{Closed, Connect, Malformed, Tls};

#[tokio::test]
async fn a_read_is_retried_if_that_may_help() {
    for (failures, tries, succeeds) in [
        (vec![Kind(Connect)], 2, true),
        (vec![Kind(Connect), Kind(Connect)], 3, true),
        (vec![Kind(Connect), Kind(Connect), Kind(Connect)], 3, false),
        (vec![Kind(Closed)], 2, true),
        (vec![Kind(Closed), Kind(Closed)], 2, false),
        (vec![Status(503, None), Status(429, Some("2"))], 3, true),
        (vec![Status(503, Some("6"))], 1, false),
        (vec![Status(500, None)], 1, false),
        (vec![Kind(Tls)], 1, false),
        (vec![Kind(Malformed)], 1, false),
    ] {
        let transport = Failing::new(failures.clone());
        let read = RemoteProject::get(&transport.gm().await, 1).await;
        assert_eq!((transport.sent(), read.is_ok()), (tries, succeeds), "{read:?}");
        let transport = Failing::new(failures);
        let read = RemoteProject::query().all(&transport.gm().await).await;
        assert_eq!((transport.sent(), read.is_ok()), (tries, succeeds), "{read:?}");
    }
}

#[tokio::test]
async fn a_write_is_retried_only_if_it_had_no_effect() {
    for (failure, tries, succeeds) in [
        (Kind(Connect), 2, true),
        (Kind(Closed), 1, false),
        (Status(503, None), 1, false),
        (Status(429, None), 2, true),
        (Status(429, Some("5")), 2, true),
        (Status(429, Some("6")), 1, false),
    ] {
        let transport = Failing::new(vec![failure]);
        let written = RemoteProject::by_id(1).delete(&transport.gm().await).await;
        assert_eq!(
            (transport.sent(), written.is_ok()),
            (tries, succeeds),
            "{written:?}"
        );
    }
}

#[tokio::test]
async fn the_backoff_grows_and_respects_retry_after() {
    let transport = Failing::new(vec![Status(503, Some("3")), Status(503, None)]);
    RemoteProject::get(&transport.gm().await, 1).await.unwrap();
    let pauses = transport.pauses.lock().unwrap().clone();
    assert_eq!(pauses[0], Duration::from_secs(3));
    assert!(
        (Duration::from_millis(200)..Duration::from_secs(1)).contains(&pauses[1]),
        "{pauses:?}"
    );
}

#[tokio::test]
async fn retries_can_be_turned_off() {
    let transport = Failing::new(vec![Kind(Connect)]);
    let gm = Gm::builder()
        .transport(transport.clone())
        .retries(0)
        .build()
        .await
        .unwrap();
    RemoteProject::get(&gm, 1).await.unwrap_err();
    assert_eq!(transport.sent(), 1);
}

#[tokio::test]
async fn a_closed_idle_connection_does_not_fail_a_read() {
    // The second request on the first connection coincides with its close.
    let server = Server::start(|request, earlier| match (request.connection, earlier) {
        (0, 1) => Answer::Last(Vec::new()),
        _ => rows(ROW),
    });
    let gm = server.gm().await;
    RemoteProject::get(&gm, 1).await.unwrap();
    RemoteProject::get(&gm, 1).fresh().await.unwrap();
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn connections_are_reused() {
    let server = Server::start(|_, _| rows(ROW));
    let gm = server.gm().await;
    for _ in 0..5 {
        RemoteProject::get(&gm, 1).fresh().await.unwrap();
    }
    assert!(server.requests().iter().all(|request| request.connection == 0));
}

#[tokio::test]
async fn a_retry_keeps_the_request_id() {
    let server = Server::start(|_, earlier| match earlier {
        0 => Answer::Last(Vec::new()),
        _ => rows(ROW),
    });
    let gm = server.gm().await;
    RemoteProject::get(&gm, 1).await.unwrap();
    RemoteProject::get(&gm, 1).fresh().await.unwrap();
    let ids: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header("x-request-id").unwrap().to_owned())
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
    assert!(ids[0].starts_with("gm-detail-"), "{ids:?}");
}

#[tokio::test]
async fn max_received_bytes_holds_for_a_custom_transport() {
    let transport = Failing::new(Vec::new());
    let gm = Gm::builder()
        .transport(transport)
        .max_received_bytes(8)
        .build()
        .await
        .unwrap();
    let error = RemoteProject::get(&gm, 1).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
}
