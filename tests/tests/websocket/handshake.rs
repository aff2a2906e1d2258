//! The handshake: which subscribers are accepted.

use std::future::poll_fn;
use std::pin::Pin;

use actix_web::App;
use actix_web::body::MessageBody as _;
use actix_web::test::{TestRequest, call_service, init_service};
use gm_runtime::Gm;
use gm_tests::conformance::{self, Running, TOKEN};
use gm_tests::raw::Request;
use gm_tests::websocket::{Frame, Socket, handshake};

use super::{PROJECTS, serve, subscribe};

async fn close_code(service: &Running, handshake: Request) -> Option<u16> {
    let (response, mut socket) = Socket::open(service.address, &handshake).await.unwrap();
    assert_eq!(response.status, 101);
    let frame = socket.receive().await.unwrap();
    socket.ended().await.unwrap();
    frame.close_code()
}

#[tokio::test]
async fn another_version_is_closed_with_4406() {
    let service = serve(|builder| builder).await;
    let path = "/internal/gm/ws/projects?version=v2&version=v1";
    assert_eq!(close_code(&service, handshake(path)).await, Some(4406));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn an_unknown_resource_is_closed_with_4404() {
    let service = serve(|builder| builder).await;
    for path in [
        "/internal/gm/ws/nothing",
        "/internal/gm/ws/hidden-things",
        "/internal/gm/ws/read-only-things",
    ] {
        assert_eq!(close_code(&service, handshake(path)).await, Some(4404), "{path}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_caller_that_may_not_read_is_closed_with_4401() {
    let service = serve(|builder| builder).await;
    let private = handshake("/internal/gm/ws/private-things");
    assert_eq!(close_code(&service, private.clone()).await, Some(4401));
    let wrong = private.header("Authorization", "Bearer someone-else");
    assert_eq!(close_code(&service, wrong).await, Some(4401));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn wrong_credentials_are_closed_with_4401_on_public_resources_too() {
    let service = serve(|builder| builder).await;
    let wrong = handshake(PROJECTS).header("Authorization", "Basic Zm9vOmJhcg==");
    assert_eq!(close_code(&service, wrong).await, Some(4401));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_caller_that_may_read_is_accepted() {
    let service = serve(|builder| builder).await;
    let path = "/internal/gm/ws/private-things?other=1&version=";
    let authenticated = handshake(path).header("Authorization", &format!("Bearer {TOKEN}"));
    let (response, mut socket) = Socket::open(service.address, &authenticated).await.unwrap();
    assert_eq!(response.status, 101);
    let create = Request::new("POST", "/internal/gm/private-things").json(r#"{"name": "x"}"#);
    assert_eq!(create.send(service.address).await.unwrap().status, 201);
    let event = socket.receive().await.unwrap().json();
    assert_eq!(event["identification"], serde_json::json!({"id": 3}));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_trailing_slash_and_no_version_are_allowed() {
    let service = serve(|builder| builder).await;
    let mut socket = subscribe(&service, "/internal/gm/ws/projects/").await;
    assert_eq!(socket.pending().await.unwrap(), Vec::<Frame>::new());
    service.stop().await.unwrap();
}

/// R-events-1
#[tokio::test]
async fn the_subprotocol_is_selected_when_it_is_offered() {
    let service = serve(|builder| builder).await;
    let offering = handshake(PROJECTS)
        .header("Sec-WebSocket-Protocol", "other")
        .header("Sec-WebSocket-Protocol", "another, gm-events-1");
    let (response, _socket) = Socket::open(service.address, &offering).await.unwrap();
    assert_eq!(response.header("sec-websocket-protocol"), Some("gm-events-1"));
    let other = handshake(PROJECTS).header("Sec-WebSocket-Protocol", "other");
    for request in [other, handshake(PROJECTS)] {
        let (response, _socket) = Socket::open(service.address, &request).await.unwrap();
        assert_eq!(response.header("sec-websocket-protocol"), None);
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn an_invalid_handshake_is_refused() {
    let service = serve(|builder| builder).await;
    let plain = Request::new("GET", PROJECTS);
    assert_eq!(plain.send(service.address).await.unwrap().status, 400);
    let unknown = Request::new("GET", "/internal/gm/ws/nothing");
    assert_eq!(unknown.send(service.address).await.unwrap().status, 404);
    let post = Request::new("POST", PROJECTS)
        .send(service.address)
        .await
        .unwrap();
    assert_eq!((post.status, post.header("allow")), (405, Some("GET")));
    let old = Request::new("GET", PROJECTS)
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "8")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    let (response, _) = Socket::open(service.address, &old).await.unwrap();
    assert_eq!(response.status, 400);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn subscribers_beyond_the_limit_are_refused_until_one_disconnects() {
    let service = serve(|builder| builder.max_subscribers(2)).await;
    let first = subscribe(&service, PROJECTS).await;
    let _second = subscribe(&service, PROJECTS).await;
    let (response, _) = Socket::open(service.address, &handshake(PROJECTS)).await.unwrap();
    assert_eq!(
        (response.status, response.header("retry-after")),
        (503, Some("1"))
    );
    drop(first);
    // The slot is free once the service has noticed the disconnection.
    loop {
        let (response, _) = Socket::open(service.address, &handshake(PROJECTS)).await.unwrap();
        if response.status == 101 {
            break;
        }
        tokio::task::yield_now().await;
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn pings_can_be_turned_off() {
    let service = serve(|builder| builder.subscriber_ping_interval(std::time::Duration::MAX)).await;
    let mut socket = subscribe(&service, PROJECTS).await;
    service.gm.refresh::<gm_tests::conformance::Project>().unwrap();
    assert!(socket.receive().await.unwrap().close_code().is_none());
    service.stop().await.unwrap();
}

/// As in an application's tests: without a server, and on plain tokio.
#[tokio::test]
async fn a_service_that_is_called_in_process_accepts_subscribers() {
    let builder = Gm::builder().in_memory::<conformance::Project>();
    let gm = builder.expose::<conformance::Project>().build().await.unwrap();
    let app = init_service(App::new().configure(gm.services())).await;
    let request = TestRequest::get()
        .uri(PROJECTS)
        .insert_header(("connection", "upgrade"))
        .insert_header(("upgrade", "websocket"))
        .insert_header(("sec-websocket-version", "13"))
        .insert_header(("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="));
    let response = call_service(&app, request.to_request()).await;
    assert_eq!(response.status(), 101);
    let mut frames = response.into_body();
    gm.refresh::<conformance::Project>().unwrap();
    let frame = poll_fn(|context| Pin::new(&mut frames).poll_next(context)).await;
    assert!(!frame.unwrap().unwrap().is_empty());
}
