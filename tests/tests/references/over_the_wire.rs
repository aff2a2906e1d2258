//! Cascades of a batch, and behind a gateway.

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use crate::on_each_builder;
use crate::plans::{Plan, counts, marks, note, phases, plan, steps};
use crate::service::Service;

on_each_builder! {
    a_batch_deletes_all_or_nothing,
    a_gateway_answers_like_its_owner,
}

async fn delete_batch(service: &Service, ids: &[i64]) -> (u16, Json) {
    let delete = |id: &i64| json!({"resource": "plans", "operation": "delete", "id": id});
    let operations: Vec<_> = ids.iter().map(delete).collect();
    let body = json!({"operations": operations}).to_string();
    let request = Request::new("POST", "/gm/_batch").json(&body);
    let response = service.send(request).await;
    (response.status, response.json())
}

async fn a_batch_deletes_all_or_nothing(builder: GmBuilder) {
    let gm = builder.build().await.unwrap();
    let plans = [plan(&gm).await, plan(&gm).await, plan(&gm).await];
    for plan in plans {
        marks(&gm, plan, 2).await;
        let phase = phases(&gm, plan, 2).await[0];
        steps(&gm, phase, 1).await;
    }
    note(&gm, plans[1]).await;
    let service = Service::start(&gm);
    let (status, body) = delete_batch(&service, &plans).await;
    assert_eq!(status, 409, "{body}");
    assert_eq!(body["details"]["operation"], 1, "{body}");
    assert_eq!(counts(&gm).await, [3, 6, 6, 3]);
    let (status, body) = delete_batch(&service, &[plans[0], plans[2]]).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(counts(&gm).await, [1, 2, 2, 1]);
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "plans")]
#[permission(read = public, delete = public)]
#[remote_api(resource = "plans", allow_filter, allow_detail, allow_delete)]
struct PlanOfOwner {
    #[field(id)]
    id: i64,
}

async fn a_gateway_answers_like_its_owner(builder: GmBuilder) {
    let gm = builder.max_bulk_rows(5).build().await.unwrap();
    let (restricted, large, small) = (plan(&gm).await, plan(&gm).await, plan(&gm).await);
    note(&gm, restricted).await;
    marks(&gm, large, 5).await;
    marks(&gm, large, 1).await;
    marks(&gm, small, 5).await;
    let owner = Service::start(&gm);
    let gateway = Gm::builder().base_url("http://owner.test", &owner.url);
    let gateway = gateway.expose::<PlanOfOwner>().build().await.unwrap();
    let gateway = Service::start(&gateway);
    let delete = |id: i64| Request::new("DELETE", &format!("/gm/plans/{id}"));
    for (id, status) in [(restricted, 409), (large, 400)] {
        let answers = [owner.send(delete(id)).await, gateway.send(delete(id)).await];
        let [of_owner, of_gateway] = answers.map(|answer| (answer.status, answer.json()));
        assert_eq!(of_owner.0, status);
        assert_eq!(of_gateway.0, status);
        assert_eq!(of_gateway.1["error_code"], of_owner.1["error_code"]);
        assert_eq!(of_gateway.1["details"], of_owner.1["details"]);
    }
    assert_eq!(gateway.send(delete(small)).await.status, 200);
    assert_eq!(Plan::all(&gm).await.unwrap().len(), 2);
    assert_eq!(counts(&gm).await, [2, 6, 0, 0]);
}
