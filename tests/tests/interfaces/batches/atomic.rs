//! All operations of a batch are carried out, or none, and the events are sent after the commit.

use std::sync::{Arc, Mutex};

use gm_runtime::Gm;
use gm_runtime::change::{Action, Change, Subscription};
use serde_json::{Value as Json, json};

use super::{
    ADA, Customer, CustomerCreate, Place, STAFF, Ticket, TicketCreate, customer, on_each_place, refusal,
    rows, send_batch, ticket,
};

on_each_place! {
    a_failure_at_each_place_undoes_everything,
    the_events_follow_the_commit,
    resources_that_can_not_be_written_together,
    batches_at_the_same_time_lose_no_update,
}

/// The actions of changes, and whether they name a row.
type Seen = Arc<Mutex<Vec<(Action, bool)>>>;

/// The changes of both managers, in their order.
fn observe(gm: &Gm) -> (Seen, [Subscription; 2]) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let listener = |seen: &Arc<Mutex<Vec<_>>>| {
        let seen = Arc::clone(seen);
        move |change: &Change| {
            seen.lock()
                .unwrap()
                .push((change.action(), change.id().is_some()))
        }
    };
    let subscriptions = [
        gm.on_change::<Customer>(listener(&seen)).unwrap(),
        gm.on_change::<Ticket>(listener(&seen)).unwrap(),
    ];
    (seen, subscriptions)
}

async fn a_failure_at_each_place_undoes_everything(place: Place) {
    let service = place.serve().await;
    let gm = &service.gm;
    let old = Customer::create(CustomerCreate { name: "old".into() })
        .exec(gm)
        .await
        .unwrap();
    Customer::create(CustomerCreate { name: "kept".into() })
        .exec(gm)
        .await
        .unwrap();
    let before = rows(gm).await;
    let (seen, _subscriptions) = observe(gm);
    let wrong = [
        (
            json!({"resource": "customers", "operation": "create", "values": {"name": "kept"}}),
            409,
        ),
        (
            json!({"resource": "customers", "operation": "create", "values": {"name": 7}}),
            400,
        ),
        (
            json!({"resource": "customers", "operation": "create", "values": {"nme": "x"}}),
            400,
        ),
        (
            json!({"resource": "customers", "operation": "update", "id": 999, "values": {}}),
            404,
        ),
        (
            json!({"resource": "tickets", "operation": "delete", "id": 1}),
            403,
        ),
        (
            json!({"resource": "unknown", "operation": "delete", "id": 1}),
            404,
        ),
        (
            json!({"resource": "secrets", "operation": "delete", "id": 1}),
            404,
        ),
        (
            json!({"resource": "countries", "operation": "delete", "id": "de"}),
            405,
        ),
        (
            json!({"resource": "customers", "operation": "upsert", "values": {}}),
            400,
        ),
        (
            json!({"resource": "customers", "operation": "create", "values": {"name": {"$result": 9, "field": "id"}}}),
            400,
        ),
    ];
    let right = |number: usize| match number % 3 {
        0 => customer(&format!("new {number}")),
        1 => ticket(&format!("ticket {number}")),
        _ => {
            json!({"resource": "customers", "operation": "update", "id": old.id, "values": {"name": format!("old {number}")}})
        }
    };
    for (wrong, status) in wrong {
        for failing in 0..5 {
            let mut operations: Vec<Json> = (0..5).map(right).collect();
            // A deleted row comes back, too.
            operations[2] = match failing {
                4 => json!({"resource": "customers", "operation": "delete", "id": old.id}),
                _ => operations[2].clone(),
            };
            operations[failing] = wrong.clone();
            let answer = send_batch(&service, ADA, &json!(operations)).await;
            let (got, _, details) = refusal(&answer);
            assert_eq!(
                (got, &details["operation"]),
                (status, &json!(failing)),
                "{wrong}: {details}"
            );
            assert!(answer.json().get("results").is_none());
            assert_eq!(rows(gm).await, before, "{wrong}");
        }
    }
    assert_eq!(seen.lock().unwrap().len(), 0);
    // The same batch without the wrong operation.
    let right: Vec<Json> = (0..5).map(right).collect();
    assert_eq!(send_batch(&service, ADA, &json!(right)).await.status, 200);
    assert_ne!(rows(gm).await, before);
    service.stop().await.unwrap();
}

async fn the_events_follow_the_commit(place: Place) {
    let service = place.serve().await;
    let gm = &service.gm;
    let (seen, _subscriptions) = observe(gm);
    let some: Vec<Json> = (0..20)
        .map(|number| customer(&format!("some {number}")))
        .collect();
    assert_eq!(send_batch(&service, ADA, &json!(some)).await.status, 200);
    let until = |wanted: usize| {
        let seen = Arc::clone(&seen);
        async move {
            while seen.lock().unwrap().len() < wanted {
                tokio::task::yield_now().await;
            }
        }
    };
    until(20).await;
    assert_eq!(
        std::mem::take(&mut *seen.lock().unwrap()),
        vec![(Action::Create, true); 20]
    );
    // Over 64 changes of one resource fold into one refresh. Those of the other one do not.
    let mut many: Vec<Json> = (0..65)
        .map(|number| customer(&format!("many {number}")))
        .collect();
    many.extend((0..3).map(|number| ticket(&format!("t {number}"))));
    assert_eq!(send_batch(&service, ADA, &json!(many)).await.status, 200);
    until(4).await;
    let mut folded = std::mem::take(&mut *seen.lock().unwrap());
    folded.sort_by_key(|(action, _)| *action == Action::Create);
    assert_eq!(
        folded,
        [
            (Action::Refresh, false),
            (Action::Create, true),
            (Action::Create, true),
            (Action::Create, true)
        ]
    );
    service.stop().await.unwrap();
}

/// Nothing tells a resource that is not exposed from one that does not exist.
async fn resources_that_can_not_be_written_together(place: Place) {
    let service = place.serve().await;
    for unknown in ["secrets", "unknown", "", "_batch", "customers/1", "Customers"] {
        let operation = json!([{"resource": unknown, "operation": "create", "values": {}}]);
        let answer = send_batch(&service, STAFF, &operation).await;
        assert_eq!(
            refusal(&answer),
            (404, "not_found".into(), json!({"operation": 0})),
            "{unknown}"
        );
    }
    // The route has one method.
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let answer = super::send(&service, STAFF, (method, "/gm/_batch"), "").await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("POST")),
            "{method}"
        );
    }
    let wrong = super::send(
        &service,
        Some("wrong"),
        ("POST", "/gm/_batch"),
        r#"{"operations": []}"#,
    )
    .await;
    assert_eq!(wrong.status, 401);
    assert_eq!(
        wrong.header("x-general-manager-features"),
        Some("idempotency, batch")
    );
    let single = super::send(&service, STAFF, ("GET", "/gm/customers/1"), "").await;
    assert!(
        single
            .header("x-general-manager-features")
            .unwrap()
            .contains("batch")
    );
    service.stop().await.unwrap();
}

/// Two batches that each read a counter's version and raise it: no version is lost, and the one that came too late wrote nothing.
async fn batches_at_the_same_time_lose_no_update(place: Place) {
    let service = place.serve().await;
    let gm = &service.gm;
    for _ in 0..2 {
        Ticket::create(TicketCreate { title: "t".into() })
            .owner("ada")
            .exec(gm)
            .await
            .unwrap();
    }
    for round in 0..10 {
        let read: Vec<i64> = Ticket::query()
            .order_by(|t| t.id.asc())
            .all(gm)
            .await
            .unwrap()
            .iter()
            .map(|t| t.version)
            .collect();
        let batch = |editor: usize| {
            // The two lock the rows in opposite orders.
            let mut operations: Vec<Json> = (1..=2)
                .map(|id| {
                    json!({"resource": "tickets", "operation": "update", "id": id,
                           "values": {"title": format!("{round} of {editor}")},
                           "if_match": format!("\"{}\"", read[id - 1])})
                })
                .collect();
            if editor == 1 {
                operations.reverse();
            }
            json!(operations)
        };
        let (first, second) = (batch(0), batch(1));
        let (a, b) = tokio::join!(
            send_batch(&service, ADA, &first),
            send_batch(&service, ADA, &second)
        );
        let done = usize::from(a.status == 200) + usize::from(b.status == 200);
        assert!(
            [a.status, b.status]
                .iter()
                .all(|status| [200, 412].contains(status)),
            "{a:?} {b:?}"
        );
        assert_eq!(done, 1, "{a:?} {b:?}");
        let tickets = Ticket::query().all(gm).await.unwrap();
        assert!(
            tickets
                .iter()
                .all(|t| t.version == round + 2 && t.title == tickets[0].title),
            "{tickets:?}"
        );
    }
    service.stop().await.unwrap();
}
