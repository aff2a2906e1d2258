//! Rate limits, the number of operations, and the audit log.

use gm_runtime::server::RateLimit;
use gm_tests::conformance::Running;
use gm_tests::log::{self, Level};
use serde_json::{Value as Json, json};

use super::{ADA, Place, STAFF, customer, on_each_place, refusal, rows, send, send_batch, ticket};

on_each_place! {
    each_operation_counts_for_the_rate_limit,
    the_number_of_operations_is_a_setting,
    each_operation_has_an_entry_in_the_audit_log,
}

fn customers(name: &str, count: usize) -> Json {
    (0..count)
        .map(|number| customer(&format!("{name} {number}")))
        .collect()
}

async fn each_operation_counts_for_the_rate_limit(place: Place) {
    // The test is over long before an operation is accepted again.
    let limit = RateLimit::per_minute(1).burst(10);
    let service = Running::start(place.builder().rate_limit_per_principal(limit))
        .await
        .unwrap();
    assert_eq!(send_batch(&service, ADA, &customers("a", 4)).await.status, 200);
    let limited = send_batch(&service, ADA, &customers("b", 7)).await;
    assert_eq!(limited.status, 429);
    assert!(limited.header("retry-after").is_some());
    // What was refused has used up its request alone.
    assert_eq!(send_batch(&service, ADA, &customers("c", 5)).await.status, 200);
    assert_eq!(
        send(&service, ADA, ("GET", "/gm/customers/1"), "").await.status,
        429
    );
    // Another caller. No wait would help a batch of more operations than the burst.
    let (status, code, details) = refusal(&send_batch(&service, STAFF, &customers("d", 11)).await);
    assert_eq!((status, code.as_str()), (400, "invalid_request"));
    assert!(
        details["message"]
            .as_str()
            .unwrap()
            .contains("permits 10 operations"),
        "{details}"
    );
    assert_eq!(rows(&service.gm).await.0.len(), 9);
    service.stop().await.unwrap();
    let other = place.another().await;
    let by_address = Running::start(other.builder().rate_limit_per_address(limit))
        .await
        .unwrap();
    assert_eq!(send_batch(&by_address, ADA, &customers("a", 6)).await.status, 200);
    assert_eq!(
        send_batch(&by_address, STAFF, &customers("b", 6)).await.status,
        429
    );
    by_address.stop().await.unwrap();
}

async fn the_number_of_operations_is_a_setting(place: Place) {
    let service = Running::start(place.builder().max_batch_operations(3))
        .await
        .unwrap();
    assert_eq!(send_batch(&service, ADA, &customers("a", 3)).await.status, 200);
    let (status, _, details) = refusal(&send_batch(&service, ADA, &customers("b", 4)).await);
    assert_eq!(
        (status, &details["message"]),
        (400, &json!("expected at most 3 operations"))
    );
    service.stop().await.unwrap();
}

async fn each_operation_has_an_entry_in_the_audit_log(place: Place) {
    log::keep_from(Level::TRACE);
    let service = place.serve().await;
    let entries = |outcome: &str, more: &str| {
        let outcome = format!("outcome=\"{outcome}\"");
        log::lines(&["gm::audit", "the-request", &outcome, more]).len()
    };
    let done = json!([customer("Ada"), ticket("t")]);
    assert_eq!(send_batch(&service, ADA, &done).await.status, 200);
    assert_eq!(entries("done", "operation=\"create\""), 2);
    assert_eq!(entries("done", "principal=\"ada\""), 2);
    // The first is undone, the second is refused, and the third is not reached.
    let refused = json!([customer("Bob"), customer("Ada"), customer("Eve")]);
    assert_eq!(send_batch(&service, ADA, &refused).await.status, 409);
    assert_eq!(entries("rolled_back", ""), 1);
    assert_eq!(entries("conflict", ""), 1);
    // One that the operation's own rules refuse, by its id.
    let denied = json!([{"resource": "tickets", "operation": "delete", "id": 1}]);
    assert_eq!(send_batch(&service, ADA, &denied).await.status, 403);
    assert_eq!(entries("permission_denied", "id=\"1\""), 1);
    // A batch as a whole.
    assert_eq!(send_batch(&service, Some("wrong"), &done).await.status, 401);
    assert_eq!(entries("authentication_required", "operation=\"batch\""), 1);
    assert_eq!(send_batch(&service, ADA, &json!([{}])).await.status, 400);
    assert_eq!(entries("invalid_request", "operation=\"batch\""), 1);
    service.stop().await.unwrap();
}
