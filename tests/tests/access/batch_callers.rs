//! What the callers of a batch may read is found out once for each resource, however many operations the batch has.

use std::sync::atomic::{AtomicUsize, Ordering};

use gm_runtime::access::Principal;
use gm_runtime::query::Condition;
use gm_runtime::{GeneralManager, Gm, Manager as _};
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use super::service::{Headers, Service, TIM};

static EVALUATIONS: AtomicUsize = AtomicUsize::new(0);

/// The list of an application may be long, and is a part of what the caller may read.
fn of_the_tenants(caller: &Principal) -> Condition<Sheet> {
    EVALUATIONS.fetch_add(1, Ordering::SeqCst);
    let tenants = caller.claim("tenant").and_then(Json::as_i64);
    Sheet::FIELDS.tenant.is_in(tenants).into()
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "sheets")]
#[permission(read = of_the_tenants, update = authenticated)]
#[remote_api(resource = "sheets", allow_update)]
struct Sheet {
    #[field(id)]
    id: i64,
    tenant: i64,
    text: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "pages")]
#[permission(read = public, update = authenticated)]
#[remote_api(resource = "pages", allow_update)]
struct Page {
    #[field(id)]
    id: i64,
    text: String,
}

/// Updates a sheet and a page so many times, and returns how often the rule of the sheets is evaluated.
async fn evaluations(service: &Service, caller: Headers, times: usize, key: Option<&str>) -> usize {
    let operations: Vec<_> = (0..times)
        .flat_map(|time| ["sheets", "pages"].map(|resource| (time, resource)))
        .map(|(time, resource)| {
            let values = json!({ "text": format!("{key:?} {time}") });
            json!({"resource": resource, "operation": "update", "id": 1, "values": values})
        })
        .collect();
    let mut request = Request::new("POST", "/gm/_batch");
    for (name, value) in caller {
        request = request.header(name, value);
    }
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    let before = EVALUATIONS.load(Ordering::SeqCst);
    let request = request.json(&json!({ "operations": operations }).to_string());
    let response = request.send(service.address()).await.unwrap();
    assert_eq!(response.status, 200, "{}", response.json());
    EVALUATIONS.load(Ordering::SeqCst) - before
}

#[tokio::test]
async fn the_rule_for_reading_is_evaluated_once_for_a_batch() {
    let builder = Gm::builder().database("sqlite::memory:").expose::<Sheet>();
    let service = Service::start("SQLite", builder.expose::<Page>()).await;
    let text = || "first".to_owned();
    let sheet = Sheet::create(SheetCreate {
        tenant: 1,
        text: text(),
    });
    sheet.exec(service.gm()).await.unwrap();
    Page::create(PageCreate { text: text() })
        .exec(service.gm())
        .await
        .unwrap();
    for key in [None, Some("k")] {
        let few = evaluations(&service, TIM, 1, key).await;
        let many = evaluations(&service, TIM, 30, key.map(|_| "k of many")).await;
        assert_eq!((few, many), (1, 1), "{key:?}");
    }
    service.stop().await;
}
