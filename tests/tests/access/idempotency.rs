//! The stored answers of requests with an idempotency key: a replay shows what the caller may read now, and a key tells nothing of rows.

use gm_runtime::client::SubscriptionState;
use gm_tests::raw::{Request, Response};
use serde_json::{Value as Json, json};

use super::service::{ADMIN, BOB, Headers, Service, TIM};
use super::ticket::GatewayTicket;

/// Tim as an administrator, before he lost all rights but those of the tenant.
const TIM_AS_ADMIN: Headers = &[
    ("x-user", "tim"),
    ("x-group", "agents"),
    ("x-admin", "yes"),
    ("x-tenant", "1"),
];
/// A user of tenant 2 with the name of one of tenant 1.
const OTHER_TIM: Headers = &[("x-user", "tim"), ("x-tenant", "2")];

async fn send(service: &Service, caller: Headers, method: &str, place: &str, body: &Json) -> Response {
    let path = format!("/gm/tickets{place}");
    let request = Request::new(method, &path).header("Idempotency-Key", &format!("{method} {place} {body}"));
    let request = caller
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    let request = if body.is_null() {
        request
    } else {
        request.json(&body.to_string())
    };
    request.send(service.address()).await.unwrap()
}

fn is_replayed(response: &Response) -> bool {
    response.header("idempotency-replayed") == Some("true")
}

async fn a_replay_shows_what_the_caller_may_read_now(service: Service) {
    let storage = service.storage;
    // A batch, of which the second row is out of the caller's sight later.
    let batch = json!({"operations": [
        {"resource": "tickets", "operation": "update", "id": 1, "values": {"title": "first"}},
        {"resource": "tickets", "operation": "update", "id": 2, "values": {"title": "second"}},
    ]});
    let send_batch = async |caller: Headers| {
        let request = Request::new("POST", "/gm/_batch").header("Idempotency-Key", "batch");
        let request = caller
            .iter()
            .fold(request, |request, (name, value)| request.header(name, value));
        request
            .json(&batch.to_string())
            .send(service.address())
            .await
            .unwrap()
    };
    let first = send_batch(TIM_AS_ADMIN).await.json();
    assert_eq!(
        first["results"][1]["items"][0]["price"],
        json!(200),
        "{storage} {first}"
    );
    assert_eq!(send_batch(TIM_AS_ADMIN).await.json(), first, "{storage}");
    let later = send_batch(TIM).await;
    assert_eq!(
        (later.status, is_replayed(&later)),
        (200, true),
        "{storage} {later:?}"
    );
    let results = later.json()["results"].clone();
    assert_eq!(
        results[0]["items"][0]["title"],
        json!("first"),
        "{storage} {results}"
    );
    assert!(
        results[0]["items"][0].get("price").is_none(),
        "{storage} {results}"
    );
    assert_eq!(results[1]["items"], json!([]), "{storage} {results}");

    // The fields of an administrator.
    let body = json!({"title": "new"});
    let first = send(&service, TIM_AS_ADMIN, "PATCH", "/1", &body).await;
    assert_eq!(
        first.json()["items"][0]["price"],
        json!(100),
        "{storage} {first:?}"
    );
    let again = send(&service, TIM_AS_ADMIN, "PATCH", "/1", &body).await;
    assert_eq!((again.status, &again.body), (200, &first.body), "{storage}");
    assert!(is_replayed(&again), "{storage}");
    let later = send(&service, TIM, "PATCH", "/1", &body).await;
    assert_eq!(
        (later.status, is_replayed(&later)),
        (200, true),
        "{storage} {later:?}"
    );
    let row = &later.json()["items"][0];
    assert_eq!(
        (&row["id"], &row["title"]),
        (&json!(1), &json!("new")),
        "{storage}"
    );
    assert!(
        row.get("price").is_none() && row.get("badge").is_none(),
        "{storage} {row}"
    );

    // The details of a refusal.
    let invalid = json!({"title": "far too long for a title"});
    let first = send(&service, TIM_AS_ADMIN, "PATCH", "/1", &invalid).await;
    let details = first.json()["details"]["field"].clone();
    assert_eq!((first.status, details), (400, json!("title")), "{storage}");
    let later = send(&service, TIM, "PATCH", "/1", &invalid).await;
    assert_eq!(
        (later.status, &later.json()["details"]),
        (400, &Json::Null),
        "{storage}"
    );

    // A row that has left the sight.
    let moved = service.update(ADMIN, 1, json!({"tenant": 2})).await;
    assert_eq!(moved.0, 200, "{storage}");
    let later = send(&service, TIM, "PATCH", "/1", &body).await;
    assert_eq!(
        (later.status, &later.json()["items"]),
        (200, &json!([])),
        "{storage}"
    );

    // Another caller of the same name.
    let body = json!({"tenant": 1, "title": "of tenant 1"});
    let created = send(&service, TIM, "POST", "", &body).await;
    assert_eq!(created.status, 201, "{storage} {created:?}");
    let other = send(&service, OTHER_TIM, "POST", "", &body).await;
    let text = String::from_utf8_lossy(&other.body);
    assert!(!text.contains("of tenant 1"), "{storage} {text}");
    assert_eq!(
        other.json().get("items").unwrap_or(&json!([])),
        &json!([]),
        "{storage} {text}"
    );

    service.stop().await;
}

#[tokio::test]
async fn a_replay_shows_what_its_caller_may_read_now() {
    a_replay_shows_what_the_caller_may_read_now(Service::memory().await).await;
    a_replay_shows_what_the_caller_may_read_now(Service::sqlite_with(|builder| builder).await).await;
}

#[tokio::test]
async fn a_replay_shows_what_its_caller_may_read_now_in_postgres() {
    a_replay_shows_what_the_caller_may_read_now(Service::postgres().await).await;
}

/// A write that is not judged must not be sent: the row may be created in the meantime, and the time would tell a missing row from a
/// hidden one.
#[tokio::test]
async fn a_gateway_sends_no_write_of_a_row_that_the_caller_does_not_see() {
    let service = Service::gateway().await;
    let gm = service.gm();
    let mut subscription = gm.subscription::<GatewayTicket>().unwrap();
    subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    assert_eq!(service.detail(BOB, 2).await.0, 200);
    let writes = || gm.cache_stats::<GatewayTicket>().unwrap().unwrap().writes;
    for (method, body) in [("PATCH", json!({"title": "x"})), ("DELETE", Json::Null)] {
        for place in ["/2", "/99"] {
            let refused = send(&service, TIM, method, place, &body).await;
            assert_eq!(refused.status, 404, "{method} {place} {refused:?}");
            assert_eq!(writes(), 0, "{method} {place}");
        }
    }
    let written = send(&service, TIM, "PATCH", "/1", &json!({"title": "x"})).await;
    assert_eq!((written.status, writes()), (200, 1), "{written:?}");
    service.stop().await;
}
