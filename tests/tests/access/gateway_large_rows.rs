//! A row that a gateway can't receive, or that its owner can't send, is answered as a missing one to callers with a rule about rows.

use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use serde_json::{Value as Json, json};

use super::service::{Service, TIM, refusal};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "files")]
#[permission(read = public, update = public, delete = public)]
#[remote_api(resource = "files", allow_filter, allow_detail, allow_update, allow_delete)]
struct File {
    #[field(id)]
    id: i64,
    tenant: i64,
    text: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "files")]
#[permission(read = tenant == caller.claim("tenant"), update = public, delete = public)]
#[remote_api(resource = "files", allow_filter, allow_detail, allow_update, allow_delete)]
struct GatewayFile {
    #[field(id)]
    id: i64,
    tenant: i64,
    text: String,
}

#[tokio::test]
async fn a_hidden_row_that_is_too_large_for_an_answer_is_answered_as_a_missing_one() {
    for limit_of_owner in [false, true] {
        let file = |id, tenant, bytes| File {
            id,
            tenant,
            text: "x".repeat(bytes),
        };
        let owner = Gm::builder().in_memory_with([file(1, 1, 10), file(2, 2, 100_000)]);
        let gateway = Gm::builder();
        let (owner, gateway) = match limit_of_owner {
            true => (owner.max_response_bytes(50_000), gateway),
            false => (owner, gateway.max_received_bytes(50_000)),
        };
        let owner = Running::start(owner.expose::<File>()).await.unwrap();
        let gateway = gateway.base_url("http://owner.test", format!("http://{}", owner.address));
        let gateway = Service::start("gateway", gateway.expose::<GatewayFile>()).await;
        for (method, body) in [
            ("GET", Json::Null),
            ("PATCH", json!({"text": "y"})),
            ("PATCH", json!({"text": 7})),
            ("DELETE", Json::Null),
        ] {
            let hidden = gateway.send(TIM, method, "/gm/files/2", &body).await;
            assert_eq!(refusal(&hidden), (404, "not_found"), "{limit_of_owner} {method}");
            let missing = gateway.send(TIM, method, "/gm/files/99", &body).await;
            assert_eq!(hidden, missing, "{limit_of_owner} {method}");
        }
        let seen = gateway.send(TIM, "GET", "/gm/files/1", &Json::Null).await;
        assert_eq!(seen.0, 200, "{seen:?}");
        gateway.stop().await;
        owner.stop().await.unwrap();
    }
}
