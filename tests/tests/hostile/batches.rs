//! Bodies of batches that are no batches, and batches that are too large.

use gm_runtime::GmBuilder;
use gm_tests::conformance::{self, Project};
use gm_tests::memory::{growth, peak};
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use crate::{assert_alive, serve_with};

const BATCH: &str = "/internal/gm/_batch";

/// The managers of the cases, of which one is in memory and the others in a database.
fn builder() -> GmBuilder {
    conformance::builder().in_memory::<Project>()
}

fn create(name: &str) -> Json {
    json!({"resource": "projects", "operation": "create", "values": {"name": name, "status": "new"}})
}

#[tokio::test]
async fn a_wrong_batch_is_refused_before_anything_is_carried_out() {
    let service = serve_with(builder()).await;
    let operation = |change: fn(&mut Json)| {
        let mut operation = create("x");
        change(&mut operation);
        json!({"operations": [create("before"), operation]})
    };
    let wrong = [
        json!({}),
        json!([]),
        json!({"operations": null}),
        json!({"operations": {}}),
        json!({"operations": "x"}),
        json!({"operations": [], "more": 1}),
        json!({"Operations": []}),
        json!({"operations": [null]}),
        json!({"operations": [[]]}),
        json!({"operations": [{}]}),
        json!({"operations": [create("before"), 7]}),
        operation(|operation| operation["resource"] = json!(7)),
        operation(|operation| operation["resource"] = json!(null)),
        operation(|operation| operation["operation"] = json!("query")),
        operation(|operation| operation["operation"] = json!("CREATE")),
        operation(|operation| operation["operation"] = json!(["create"])),
        operation(|operation| operation["values"] = json!([])),
        operation(|operation| operation["values"] = json!("x")),
        operation(|operation| operation["id"] = json!(1)),
        operation(|operation| operation["if_match"] = json!("\"1\"")),
        operation(|operation| operation["ignore_permission"] = json!(true)),
        json!({"operations": [create("before"), {"resource": "projects", "operation": "update", "values": {}}]}),
        json!({"operations": [create("before"), {"resource": "projects", "operation": "delete", "id": null}]}),
        json!({"operations": [create("before"), {"resource": "projects", "operation": "delete", "id": [1]}]}),
        json!({"operations": [create("before"), {"resource": "projects", "operation": "delete", "id": 1.5}]}),
        json!({"operations": [create("before"), {"resource": "projects", "operation": "delete", "id": "1"}]}),
        json!({"operations": [create("before"), {"resource": "projects", "operation": "delete", "id": 1, "if_match": 1}]}),
        json!({"operations": [create("before"), {"resource": "projects", "operation": "delete", "id": 1, "if_match": "\"1\""}]}),
    ];
    for body in wrong {
        let response = Request::new("POST", BATCH)
            .json(&body.to_string())
            .send(service.address)
            .await
            .unwrap();
        let answer = response.json();
        assert_eq!(
            (response.status, &answer["error_code"]),
            (400, &json!("invalid_request")),
            "{body}: {answer}"
        );
        assert!(answer["details"]["message"].is_string(), "{body}: {answer}");
        let place = &answer["details"]["operation"];
        match body["operations"].as_array() {
            Some(operations) if operations.len() == 2 => assert_eq!(*place, json!(1), "{body}"),
            _ => {}
        }
    }
    // Not JSON, and not declared as JSON.
    for (body, status) in [
        ("", 400),
        ("[", 400),
        ("\u{feff}{}", 400),
        ("{\"operations\": [NaN]}", 400),
    ] {
        let response = Request::new("POST", BATCH)
            .json(body)
            .send(service.address)
            .await
            .unwrap();
        assert_eq!(response.status, status, "{body:?}");
    }
    let mut untyped = Request::new("POST", BATCH).header("Content-Type", "text/plain");
    untyped.body = Some(b"{\"operations\": []}".to_vec());
    assert_eq!(untyped.send(service.address).await.unwrap().status, 415);
    let version = Request::new("POST", BATCH)
        .header("X-General-Manager-Protocol-Version", "v2")
        .json("{\"operations\": []}");
    assert_eq!(version.send(service.address).await.unwrap().status, 400);
    // Twelve rows, as before.
    assert_alive(service).await;
}

#[tokio::test]
async fn operations_are_counted_before_they_are_read() {
    let service = serve_with(builder().max_body_bytes(64 * 1024 * 1024)).await;
    let delete = r#"{"resource":"projects","operation":"delete","id":999}"#;
    let of = |operations: usize| format!("{{\"operations\": [{}]}}", vec![delete; operations].join(","));
    for operations in [1001, 100_000] {
        let request = Request::new("POST", BATCH).json(&of(operations));
        let mut answer = Json::Null;
        let grown = growth(async { answer = request.send(service.address).await.unwrap().json() }).await;
        assert_eq!(
            answer["details"]["message"], "expected at most 1000 operations",
            "{answer}"
        );
        // The body itself, and the copy that this client sends.
        assert!(grown < 64 * 1024, "{grown}");
    }
    assert_alive(service).await;
}

#[tokio::test]
async fn the_limits_of_a_body_hold_for_a_batch() {
    let service = serve_with(builder()).await;
    let deep = |levels: usize| {
        let value = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        format!(
            "{{\"operations\": [{{\"resource\": \"projects\", \"operation\": \"create\", \"values\": {{\"name\": {value}}}}}]}}"
        )
    };
    for (body, status) in [
        // The levels of a single request are those of the values.
        (deep(63), 400),
        (deep(64), 400),
        (deep(100_000), 400),
        (
            format!("{{\"operations\": [{}]}}", vec!["{}"; 1_000_000].join(",")),
            413,
        ),
        (
            format!("{{\"operations\": [{{\"$result\": {}}}]}}", "1".repeat(1_000_000)),
            400,
        ),
    ] {
        let response = Request::new("POST", BATCH)
            .json(&body)
            .send(service.address)
            .await
            .unwrap();
        assert_eq!(response.status, status, "{}", response.json());
        assert!(response.body.len() < 1000);
    }
    let allowed = Request::new("POST", BATCH)
        .json(&deep(63))
        .send(service.address)
        .await
        .unwrap()
        .json();
    assert_eq!(allowed["error_code"], "validation_error", "{allowed}");
    let refused = Request::new("POST", BATCH)
        .json(&deep(64))
        .send(service.address)
        .await
        .unwrap()
        .json();
    assert_eq!(refused["error_code"], "invalid_request", "{refused}");
    // A megabyte of references in one operation.
    let reference = "{\"$result\": 0, \"field\": \"name\"}";
    let members: Vec<_> = (0..30_000)
        .map(|number| format!("\"x{number}\": {reference}"))
        .collect();
    let body = format!(
        "{{\"operations\": [{}, {{\"resource\": \"projects\", \"operation\": \"create\", \"values\": {{{}}}}}]}}",
        create("x"),
        members.join(",")
    );
    let response = Request::new("POST", BATCH)
        .json(&body)
        .send(service.address)
        .await
        .unwrap();
    assert_eq!(
        (response.status, response.json()["details"]["operation"].clone()),
        (400, json!(1))
    );
    assert_alive(service).await;
}

/// The members of an operation take no memory of their own, like those of a single request.
#[tokio::test]
async fn many_short_members_take_little_memory() {
    let service = serve_with(builder()).await;
    let members = vec!["\"\":0"; 400_000].join(",");
    let body = format!(
        "{{\"operations\":[{{\"resource\":\"projects\",\"operation\":\"create\",\"values\":{{{members}}}}}]}}"
    );
    let request = Request::new("POST", BATCH).json(&body);
    let before = peak();
    let response = request.send(service.address).await.unwrap();
    assert_eq!(response.status, 400, "{}", response.json());
    let grown = before.zip(peak()).map_or(0, |(before, after)| after - before);
    // The body, and the copies of it on the way.
    assert!(grown < 16 * 1024, "{grown}");
}

#[tokio::test]
async fn the_results_are_limited_before_the_commit() {
    let service = serve_with(builder().max_response_bytes(2_000)).await;
    let operations: Vec<_> = (0..30).map(|number| create(&format!("name {number}"))).collect();
    let body = json!({"operations": operations}).to_string();
    let response = Request::new("POST", BATCH)
        .json(&body)
        .send(service.address)
        .await
        .unwrap();
    assert_eq!(response.status, 400, "{}", response.json());
    assert!(response.json()["details"]["operation"].as_u64().unwrap() > 5);
    assert_alive(service).await;
}

#[tokio::test]
async fn rows_of_another_storage_are_refused_with_words() {
    let service = serve_with(builder()).await;
    let other = json!({"resource": "guarded-things", "operation": "create", "values": {"name": "x"}});
    let body = json!({"operations": [create("before"), other]}).to_string();
    let response = Request::new("POST", BATCH)
        .json(&body)
        .send(service.address)
        .await
        .unwrap();
    let details = &response.json()["details"];
    assert_eq!((response.status, &details["operation"]), (400, &json!(1)));
    assert_eq!(details["field"], "resource");
    assert!(
        details["message"].as_str().unwrap().contains("storage"),
        "{details}"
    );
    assert_alive(service).await;
}
