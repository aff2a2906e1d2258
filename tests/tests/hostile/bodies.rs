//! Bodies and heads that exceed a limit.

use std::sync::Arc;

use gm_tests::conformance::Running;
use gm_tests::memory::growth;
use gm_tests::raw::Request;
use serde_json::Value as Json;

use crate::{QUERY, assert_alive, serve};

async fn query(body: Vec<u8>) -> (u16, Json) {
    let service = serve().await;
    let mut request = Request::new("POST", QUERY);
    request.body = Some(body);
    let response = request.send(service.address).await.unwrap();
    assert_alive(service).await;
    (response.status, response.json()["error_code"].clone())
}

#[tokio::test]
async fn ten_megabytes_are_too_large() {
    let body = vec![b' '; 10 << 20];
    assert_eq!(query(body).await, (413, "payload_too_large".into()));
}

/// A body without a declared length is read up to the limit.
#[tokio::test]
async fn an_endless_body_is_too_large() {
    let service = serve().await;
    let mut bytes =
        format!("POST {QUERY} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").into_bytes();
    let chunk = vec![b' '; 64 * 1024];
    for _ in 0..64 {
        bytes.extend_from_slice(b"10000\r\n");
        bytes.extend_from_slice(&chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    let response = super::connections::exchange(service.address, &bytes).await;
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
    assert_alive(service).await;
}

#[tokio::test]
async fn a_hundred_thousand_brackets_are_too_deep() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let body = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert_eq!(query(body.into_bytes()).await, (400, "invalid_request".into()));
        let unclosed = format!("{{\"filters\":{}", open.repeat(100_000));
        assert_eq!(
            query(unclosed.into_bytes()).await,
            (400, "invalid_request".into())
        );
    }
}

/// A body is checked as a whole. A chunk may end within a character, and the body may not.
#[tokio::test]
async fn a_chunk_may_end_within_a_character() {
    let service = serve().await;
    let chunks = |chunks: &[&[u8]]| {
        let head = format!(
            "POST {QUERY} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let mut bytes = head.into_bytes();
        for chunk in chunks {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        bytes
    };
    for (body, status, message) in [
        (
            &[b"{\"filters\": {\"name\": \"\xc3" as &[u8], b"\xbc\"}}"],
            200,
            "",
        ),
        (&[b"{\"filters\": {\"name\": \"", b"\xc3"], 400, "ends too early"),
        (&[b"{\"filters\": {", b"\"na"], 400, "ends too early"),
        (&[b"{\"filters\": {\"name\": \"\xc3", b"\"}}"], 400, "UTF-8"),
        // Ignored parts must be UTF-8, too.
        (&[b"{\"ignored\": \"", b"\xff\"}"], 400, "UTF-8"),
        (
            &[b"{\"\xff\": ", b"1}"],
            400,
            "UTF-8, got another encoding: the byte at offset 2 ",
        ),
        (
            &[b"\xff\xfe{", b"\0}\0"],
            400,
            "UTF-8, got another encoding: the byte at offset 0 ",
        ),
        (
            &[b"{\"filters\"", b" {}}"],
            400,
            "expected a JSON object, got a syntax error",
        ),
        (
            &[b"page", b"=2"],
            400,
            "expected a JSON object, got a syntax error",
        ),
        (&[b"[", b"]"], 400, "expected a JSON object\""),
    ] {
        let answer = super::connections::exchange(service.address, &chunks(body)).await;
        let response = gm_tests::raw::Response::parse(answer.as_bytes()).unwrap();
        assert_eq!(response.status, status, "{answer}");
        assert!(answer.contains(message), "{answer}");
    }
    assert_alive(service).await;
}

#[tokio::test]
async fn a_body_has_at_most_sixty_four_levels() {
    let nested = |levels: usize| {
        format!(
            "{{\"ignored\":{}{}}}",
            "[".repeat(levels - 1),
            "]".repeat(levels - 1)
        )
        .into_bytes()
    };
    assert_eq!(query(nested(64)).await.0, 200);
    assert_eq!(query(nested(65)).await, (400, "invalid_request".into()));
}

#[tokio::test]
async fn lookups_and_list_members_are_limited() {
    let members = |count: usize| {
        let ids: Vec<_> = (0..count).map(|id| id.to_string()).collect();
        format!("{{\"filters\":{{\"id__in\":[{}]}}}}", ids.join(",")).into_bytes()
    };
    assert_eq!(query(members(1000)).await.0, 200);
    assert_eq!(query(members(1001)).await, (400, "invalid_request".into()));
    let lookups: Vec<_> = (0..65).map(|number| format!("\"x{number}\":1")).collect();
    let body = format!("{{\"filters\":{{{}}}}}", lookups.join(","));
    assert_eq!(query(body.into_bytes()).await, (400, "invalid_request".into()));
}

#[tokio::test]
async fn a_megabyte_of_headers_is_refused() {
    let service = serve().await;
    let mut request = Request::new("GET", "/internal/gm/projects/1");
    for number in 0..1000 {
        request = request.header(&format!("X-Header-{number}"), &"x".repeat(1000));
    }
    let response = super::connections::exchange(service.address, &request.to_bytes("close")).await;
    let status: u16 = response.split(' ').nth(1).unwrap_or("0").parse().unwrap();
    assert!(response.is_empty() || (400..500).contains(&status), "{response}");
    assert_alive(service).await;
}

#[tokio::test]
async fn a_long_url_is_refused() {
    let service = serve().await;
    let long = Request::new(
        "GET",
        &format!("/internal/gm/projects/1?{}", "x".repeat(8 * 1024)),
    );
    assert_eq!(long.send(service.address).await.unwrap().status, 400);
    let id = Request::new("GET", &format!("/internal/gm/projects/{}", "1".repeat(4096)));
    let response = id.send(service.address).await.unwrap();
    assert_eq!(response.status, 404);
    assert!(response.header("x-request-id").unwrap().len() <= 128);
    assert_alive(service).await;
}

/// Twenty bodies with ten times the limit at once are not stored.
#[tokio::test]
async fn refused_bodies_take_no_memory() {
    let service = serve().await;
    let body = vec![b'['; 20 << 20];
    let mut bytes = format!(
        "POST {QUERY} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(&body);
    let bytes: Arc<[u8]> = bytes.into();
    let grown = growth(async {
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (address, bytes) = (service.address, Arc::clone(&bytes));
            callers.spawn(async move { super::connections::exchange(address, &bytes).await });
        }
        for answer in callers.join_all().await {
            assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        }
    })
    .await;
    assert!(grown < 32 * 1024, "{grown} KiB");
    assert_alive(service).await;
}

#[derive(Clone, Debug, gm_runtime::GeneralManager)]
#[database(table = "tags")]
#[permission(create = public, delete = public)]
#[remote_api(resource = "tags", allow_create, allow_delete)]
struct Tag {
    #[field(id)]
    id: String,
}

#[tokio::test]
async fn an_id_that_is_too_long_for_a_url_is_refused() {
    let builder = gm_runtime::Gm::builder().in_memory::<Tag>().expose::<Tag>();
    let service = Running::start(builder).await.unwrap();
    // Each `é` takes six bytes of a URL.
    for (id, status) in [
        ("a".repeat(8000), 201),
        ("a".repeat(8200), 400),
        ("é".repeat(1300), 201),
        ("é".repeat(1400), 400),
        ("a".repeat(70_000), 400),
    ] {
        let body = serde_json::json!({"id": id}).to_string();
        let create = Request::new("POST", "/gm/tags").json(&body);
        let created = create.send(service.address).await.unwrap();
        assert_eq!(created.status, status);
        if status == 400 {
            assert!(created.json().to_string().contains("too long for a URL"));
            continue;
        }
        let path = format!("/gm/tags/{}", id.replace('é', "%C3%A9"));
        let delete = Request::new("DELETE", &path);
        assert_eq!(delete.send(service.address).await.unwrap().status, 200);
    }
    service.stop().await.unwrap();
}
