//! The target for requests, as the owner reads them. It calls the service of the recorded cases without a socket.

use crate::conformance;
use crate::raw;
use crate::recorded;
use actix_web::body::to_bytes;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::rt::System;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error};
use serde_json::Value as Json;

/// The number of writes after which the rows are seeded again, so that the database of a long run stays small.
const WRITES: usize = 1000;

/// Sends an input as a request: lines of method and path and of headers, an empty line, and the body.
pub fn target() -> impl FnMut(&[u8]) {
    let mut send = served();
    move |input| {
        if let Some(request) = parse(input) {
            send(request);
        }
    }
}

/// Sends requests to the service of the recorded cases, and checks its responses.
pub(super) fn served() -> impl FnMut(TestRequest) {
    let system = System::new();
    let (mut app, mut writes) = (system.block_on(service()), 0);
    move |request| {
        writes += usize::from(system.block_on(answered(&app, request)));
        if writes == WRITES {
            (app, writes) = (system.block_on(service()), 0);
        }
    }
}

/// The recorded requests.
pub fn corpus() -> Vec<Vec<u8>> {
    let requests = recorded::requests().unwrap();
    requests.iter().map(write).collect()
}

/// The input of a request: lines of method and path and of headers, an empty line, and the body.
fn write(request: &raw::Request) -> Vec<u8> {
    let mut input = format!("{} {}\n", request.method, request.path);
    for (name, value) in &request.headers {
        input += &format!("{name}: {value}\n");
    }
    let mut input: Vec<u8> = (input + "\n").into_bytes();
    input.extend_from_slice(request.body.as_deref().unwrap_or_default());
    input
}

/// The request. `None` if it is not valid HTTP, which actix-http refuses before the service.
fn parse(input: &[u8]) -> Option<TestRequest> {
    let end = input.windows(2).position(|pair| pair == b"\n\n")?;
    let (head, body) = (&input[..end], &input[end + 2..]);
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next()?;
    let space = first.iter().position(|byte| *byte == b' ')?;
    let mut request = TestRequest::default()
        .method(Method::from_bytes(&first[..space]).ok()?)
        .uri(&Uri::try_from(&first[space + 1..]).ok()?.to_string());
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        request = request.append_header((name, value));
    }
    Some(request.set_payload(body.to_vec()))
}

async fn service() -> impl Service<actix_http::Request, Response = ServiceResponse, Error = Error> {
    let gm = conformance::builder()
        .database("sqlite::memory:")
        .build()
        .await
        .unwrap();
    conformance::seed(&gm).await.unwrap();
    init_service(App::new().configure(gm.services())).await
}

/// Whether the response is that of a successful write.
async fn answered(
    app: &impl Service<actix_http::Request, Response = ServiceResponse, Error = Error>,
    request: TestRequest,
) -> bool {
    let request = request.to_request();
    let method = request.method().clone();
    let response = call_service(app, request).await;
    let (status, headers) = (response.status(), response.headers().clone());
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return false;
    }
    let body = to_bytes(response.into_body()).await.unwrap();
    assert!(!status.is_server_error(), "{status} {body:?}");
    let Some(request_id) = headers.get("x-request-id") else {
        // The path is no route of the service.
        assert_eq!((status, body.len()), (StatusCode::NOT_FOUND, 0));
        return false;
    };
    let body: Json = serde_json::from_slice(&body).unwrap();
    let request_id = request_id.to_str().unwrap();
    assert!((1..=128).contains(&request_id.len()), "{request_id}");
    assert_eq!(body["metadata"]["request_id"], request_id);
    if !status.is_success() {
        assert!(status.is_client_error(), "{status}");
        assert!(
            body["error_code"].is_string() && body["error"].is_string(),
            "{body}"
        );
        assert_eq!(
            headers.contains_key("allow"),
            status == StatusCode::METHOD_NOT_ALLOWED
        );
        return false;
    }
    let rows = body["items"].as_array().unwrap().len() as u64;
    let is_query = body["metadata"].get("page_size").is_some();
    assert!(rows <= if is_query { 100 } else { 1 }, "{body}");
    if let Some(total_count) = body.get("total_count") {
        assert!(rows <= total_count.as_u64().unwrap(), "{body}");
    }
    method != Method::GET && !is_query
}
