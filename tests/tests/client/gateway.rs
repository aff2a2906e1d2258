//! The requests of a gateway to its owner, and its replies.

use std::time::Duration;

use gm_runtime::{FieldType, GeneralManager, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::raw::{Request, Response};
use serde_json::{Value as Json, json};

use crate::server::{Server, json as answer, rows, with_headers};

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    resource = "projects",
    operations(filter, detail)
)]
#[permission(read = public)]
#[remote_api(resource = "projects", allow_filter, allow_detail)]
struct GatewayProject {
    #[field(id)]
    id: i64,
    name: String,
}

/// An enum to which the owner may add variants.
#[derive(Clone, Debug, FieldType)]
enum Stage {
    Planned,
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "projects", operations(filter))]
#[permission(read = public)]
#[remote_api(resource = "projects", allow_filter)]
struct StagedProject {
    #[field(id)]
    id: i64,
    stage: Stage,
}

/// The same manager for authenticated callers.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "projects", operations(detail))]
#[permission(read = authenticated)]
#[remote_api(resource = "projects", allow_detail)]
struct ClosedProject {
    #[field(id)]
    id: i64,
    name: String,
}

async fn start(builder: GmBuilder) -> Running {
    Running::start(builder).await.unwrap()
}

async fn query(gateway: &Running, body: &str) -> Response {
    let request = Request::new("POST", "/gm/projects/query").json(body);
    request.send(gateway.address).await.unwrap()
}

/// An owner with this many short rows on one page, which reports this page and size.
fn owner(rows: u64, page: Option<u64>, page_size: Option<u64>) -> Server {
    let items: Json = (1..=rows).map(|id| json!({"id": id, "name": ""})).collect();
    let reply = json!({"items": items, "metadata": {"page": page, "page_size": page_size}});
    Server::start(move |_, _| answer(200, &reply.to_string()))
}

#[tokio::test]
async fn a_gateway_sends_no_request_for_a_caller_that_may_not_read() {
    let owner = owner(1, None, None);
    let gateway = start(owner.builder().expose::<ClosedProject>()).await;
    let get = Request::new("GET", "/gm/projects/1");
    let refused = get.send(gateway.address).await.unwrap();
    assert_eq!(refused.status, 403);
    assert!(owner.requests().is_empty());
    gateway.stop().await.unwrap();
}

/// Otherwise a caller that pages through a gateway would skip rows of an owner with smaller pages.
#[tokio::test]
async fn a_page_has_the_size_that_the_owner_reports() {
    for (page, page_size) in [(Some(1), Some(2)), (Some(1), Some(7)), (None, None)] {
        let owner = owner(2, page, page_size);
        let builder = owner.builder().cache_time_to_live(Duration::from_secs(60));
        let gateway = start(builder.expose::<GatewayProject>()).await;
        // The second reply is from the cache.
        for _ in 0..2 {
            let answer = query(&gateway, r#"{"page_size": 7}"#).await.json();
            assert_eq!(answer["metadata"]["page"], json!(page));
            assert_eq!(answer["metadata"]["page_size"], json!(page_size));
        }
        assert_eq!(owner.requests().len(), 1);
        gateway.stop().await.unwrap();
    }
}

/// A reply reserves memory for rows of a usual length, which is most of the memory for rows as short as these.
#[tokio::test]
async fn the_weight_of_a_cached_reply_includes_its_spare_capacity() {
    let owner = owner(100, Some(1), Some(100));
    let builder = owner.builder().cache_time_to_live(Duration::from_secs(60));
    let gateway = start(builder.expose::<GatewayProject>()).await;
    let length = query(&gateway, "{}").await.body.len() as u64;
    // The statistics are updated a little later, by reads.
    let weight = loop {
        let stats = gateway.gm.cache_stats::<GatewayProject>().unwrap().unwrap();
        if stats.entries == 1 {
            break stats.bytes;
        }
        query(&gateway, "{}").await;
    };
    assert!(weight > 3 * length, "{weight} for {length}");
    gateway.stop().await.unwrap();
}

/// Otherwise the callers of a gateway would come back at once to an overloaded owner.
#[tokio::test]
async fn a_gateway_forwards_retry_after() {
    for (status, headers, expected) in [
        (429, "retry-after: 30\r\n", "30"),
        (503, "retry-after: 40\r\n", "40"),
        (503, "retry-after: soon\r\n", "1"),
        (500, "", "1"),
    ] {
        let owner = Server::start(move |_, _| with_headers(status, headers, "{}"));
        let gateway = Running::start(owner.builder().retries(0).expose::<GatewayProject>())
            .await
            .unwrap();
        for request in [
            Request::new("GET", "/gm/projects/1"),
            Request::new("POST", "/gm/projects/query").json("{}"),
        ] {
            let answer = request.send(gateway.address).await.unwrap();
            assert_eq!(answer.status, if status == 429 { 429 } else { 503 });
            assert_eq!(answer.header("retry-after"), Some(expected), "{status} {headers}");
        }
        gateway.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_gateway_forwards_an_enum_value_that_the_owner_added() {
    let owner =
        Server::start(|_, _| rows(r#"[{"id": 1, "stage": "planned"}, {"id": 2, "stage": "paused"}]"#));
    let gateway = start(owner.builder().expose::<StagedProject>()).await;
    let page = query(&gateway, "{}").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.json()["items"][1]["stage"], "paused");
    gateway.stop().await.unwrap();
}
