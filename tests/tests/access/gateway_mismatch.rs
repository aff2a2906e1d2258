//! A row that does not fit the struct of a gateway is answered as a missing one to callers with a rule about rows.

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
    size: i64,
}

/// The size is text here.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "files")]
#[permission(read = tenant == caller.claim("tenant"), update = public, delete = public)]
#[remote_api(resource = "files", allow_filter, allow_detail, allow_update, allow_delete)]
struct GatewayFile {
    #[field(id)]
    id: i64,
    tenant: i64,
    size: String,
}

#[tokio::test]
async fn a_row_that_does_not_fit_the_struct_is_answered_as_a_missing_one() {
    let file = |id, tenant| File { id, tenant, size: 1 };
    let owner = Gm::builder()
        .in_memory_with([file(1, 1), file(2, 2)])
        .expose::<File>();
    let owner = Running::start(owner).await.unwrap();
    let gateway = Gm::builder().base_url("http://owner.test", format!("http://{}", owner.address));
    let gateway = Service::start("gateway", gateway.expose::<GatewayFile>()).await;
    for (method, body) in [
        ("GET", Json::Null),
        ("PATCH", json!({"size": "x"})),
        ("DELETE", Json::Null),
    ] {
        let missing = gateway.send(TIM, method, "/gm/files/99", &body).await;
        assert_eq!(refusal(&missing), (404, "not_found"), "{method}");
        for id in [2, 1] {
            let path = format!("/gm/files/{id}");
            let answer = gateway.send(TIM, method, &path, &body).await;
            assert_eq!(refusal(&answer), refusal(&missing), "{method} {path}");
        }
    }
    gateway.stop().await;
    owner.stop().await.unwrap();
}
