//! Idempotency keys of a gateway's callers: the answers of the owner tell nothing of rows that the caller does not see.

use gm_runtime::access::Principal;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

/// The owner decides by the row what the gateway may write, and never lets it delete.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "papers")]
#[permission(read = public, update = is_open == true, delete = nobody)]
#[remote_api(resource = "papers", allow_filter, allow_detail, allow_update, allow_delete)]
struct Paper {
    #[field(id)]
    id: i64,
    tenant: i64,
    is_open: bool,
    #[field(unique)]
    code: Option<String>,
    #[field(version)]
    version: i64,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "papers")]
#[permission(read = tenant == caller.claim("tenant"), update = public, delete = public)]
#[remote_api(resource = "papers", allow_filter, allow_detail, allow_update, allow_delete)]
struct GatewayPaper {
    #[field(id)]
    id: i64,
    tenant: i64,
    is_open: bool,
    code: Option<String>,
    #[field(version)]
    version: i64,
}

fn paper(id: i64, tenant: i64, is_open: bool, version: i64) -> Paper {
    Paper {
        id,
        tenant,
        is_open,
        code: (tenant == 2).then(|| format!("code {id}")),
        version,
    }
}

struct Services {
    owner: Running,
    gateway: Running,
}

impl Services {
    async fn start(papers: Vec<Paper>) -> Self {
        let owner = Gm::builder().in_memory_with(papers).expose::<Paper>();
        let owner = Running::start(owner).await.unwrap();
        let gateway = Gm::builder()
            .base_url("http://owner.test", format!("http://{}", owner.address))
            .accept_bearer_token("of-tim", Principal::named("tim").with_claim("tenant", 1))
            .expose::<GatewayPaper>();
        let gateway = Running::start(gateway).await.unwrap();
        Self { owner, gateway }
    }

    /// A write of the caller of tenant 1 at the gateway: its status and what else the caller can read of the refusal.
    async fn send(&self, method: &str, id: i64, body: &Json, key: &str) -> (u16, Json, Json) {
        let request = Request::new(method, &format!("/gm/papers/{id}"))
            .header("Authorization", "Bearer of-tim")
            .header("Idempotency-Key", key);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body.to_string())
        };
        let response = request.send(self.gateway.address).await.unwrap();
        let answer = response.json();
        (
            response.status,
            answer["error_code"].clone(),
            answer["details"].clone(),
        )
    }

    async fn stop(self) {
        self.gateway.stop().await.unwrap();
        self.owner.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_key_tells_no_hidden_row_from_a_missing_one_whatever_the_owner_refuses() {
    // An open one, a closed one, and one to which another program gave the version 0.
    let hidden = vec![paper(2, 2, true, 1), paper(3, 2, false, 1), paper(4, 2, true, 0)];
    let services = Services::start(hidden.clone()).await;
    for (method, body) in [
        ("PATCH", json!({"code": "x"})),
        ("PATCH", json!({"is_open": "wrong"})),
        ("DELETE", Json::Null),
    ] {
        for id in [2, 3, 4, 99] {
            let key = format!("{method} {body} {id}");
            for attempt in 0..2 {
                let refused = services.send(method, id, &body, &key).await;
                let expected = (404, json!("not_found"), Json::Null);
                assert_eq!(refused, expected, "{method} {body} {id} {attempt}");
            }
        }
    }
    let stored = Paper::query()
        .order_by(|paper| paper.id.asc())
        .all(&services.owner.gm)
        .await
        .unwrap();
    assert_eq!(stored.iter().cloned().collect::<Vec<_>>(), hidden);
    services.stop().await;
}

#[tokio::test]
async fn a_conflict_that_the_owner_has_stored_has_no_details_once_the_row_is_hidden() {
    let services = Services::start(vec![paper(1, 1, true, 1), paper(2, 2, true, 1)]).await;
    let body = json!({"code": "code 2"});
    let conflict = (409, json!("conflict"), Json::Null);
    assert_eq!(services.send("PATCH", 1, &body, "k").await, conflict);
    let moved = Paper::by_id(1).update().tenant(2).exec(&services.owner.gm).await;
    assert_eq!(moved.unwrap().tenant, 2);
    let (status, _, details) = services.send("PATCH", 1, &body, "k").await;
    assert_eq!((status, details), (404, Json::Null));
    services.stop().await;
}
