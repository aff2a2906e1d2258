//! The route of the schema behaves as the other routes do.

use gm_runtime::schema::Schema;
use gm_runtime::server::RateLimit;
use gm_tests::log::{self, Level};
use gm_tests::raw::Response;
use serde_json::{Value as Json, json};

use crate::desk::{Desk, caller};

const FEATURES: &str = "x-general-manager-features";

fn names(response: &Response) -> Vec<String> {
    assert_eq!(response.status, 200);
    let schema = Schema::from_json(&response.body).unwrap();
    schema
        .resources
        .into_iter()
        .map(|resource| resource.resource)
        .collect()
}

#[tokio::test]
async fn one_resource_is_named_in_the_query_and_other_keys_are_ignored() {
    let desk = Desk::start().await;
    let agent = caller("an agent");
    for (path, expected) in [
        ("/gm/_schema", &["letters", "tickets"][..]),
        ("/gm/_schema?", &["letters", "tickets"]),
        ("/gm/_schema?resource=", &["letters", "tickets"]),
        ("/gm/_schema?resource=tickets", &["tickets"]),
        (
            "/gm/_schema?later=1&resource=%74ickets&resource=letters",
            &["tickets"],
        ),
        ("/gm/_schema?later=1", &["letters", "tickets"]),
    ] {
        assert_eq!(names(&desk.get(agent, path).await), expected, "{path}");
    }
    // What the caller may not see is not there.
    for name in [
        "customers",
        "entries",
        "news",
        "TICKETS",
        "_schema",
        "%00",
        "%ff",
        "a/b",
    ] {
        let missing = desk.get(agent, &format!("/gm/_schema?resource={name}")).await;
        let body = missing.json();
        assert_eq!(
            (missing.status, &body["error_code"]),
            (404, &json!("not_found")),
            "{name}"
        );
    }
    desk.stop().await;
}

#[tokio::test]
async fn each_base_path_has_a_schema_of_its_own() {
    let desk = Desk::start().await;
    let other = desk.get(&[], "/other/_schema").await;
    assert_eq!(names(&other), ["news"]);
    assert_eq!(other.json()["metadata"]["protocol_version"], "v2");
    assert_eq!(other.json()["resources"][0]["protocol_version"], "v2");
    let wrong = [("x-general-manager-protocol-version", "v1")];
    assert_eq!(desk.get(&wrong, "/other/_schema").await.status, 400);
    assert_eq!(desk.get(&wrong, "/gm/_schema").await.status, 200);
    for path in [
        "/_schema",
        "/gm/_schema/",
        "/gm/_schema/tickets",
        "/gm/ws/_schema",
        "/gm/_schema/query",
    ] {
        let status = desk.get(&[], path).await.status;
        assert_eq!(status, 404, "{path}");
    }
    desk.stop().await;
}

#[tokio::test]
async fn the_reply_is_that_of_a_route() {
    let desk = Desk::start().await;
    let reply = desk.get(&[("x-request-id", "mine")], "/gm/_schema").await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("x-request-id"), Some("mine"));
    assert_eq!(reply.header(FEATURES), Some("schema"));
    assert_eq!(reply.json()["metadata"]["request_id"], "mine");
    let generated = desk.get(&[], "/gm/_schema").await;
    assert!(
        generated
            .header("x-request-id")
            .unwrap()
            .starts_with("gm-schema-")
    );
    let words = desk.get(caller("an agent"), "/gm/tickets/1").await;
    let words = words.header(FEATURES).unwrap().to_owned();
    let agent = desk.tickets(caller("an agent")).await.unwrap();
    assert_eq!(agent.features.join(", "), words);
    assert!(words.split(", ").any(|word| word == "schema"), "{words}");
    for method in ["HEAD", "POST", "PUT", "PATCH", "DELETE"] {
        let refused = desk.send(&[], method, "/gm/_schema", &Json::Null).await;
        assert_eq!(
            (refused.status, refused.header("allow")),
            (405, Some("GET")),
            "{method}"
        );
    }
    let long = format!("/gm/_schema?later={}", "x".repeat(9000));
    assert_eq!(desk.get(&[], &long).await.status, 400);
    let wrong = [("x-general-manager-protocol-version", "v7")];
    assert_eq!(desk.get(&wrong, "/gm/_schema").await.status, 400);
    desk.stop().await;
}

#[tokio::test]
async fn wrong_credentials_and_rate_limits_are_refused_and_audited() {
    log::keep_from(Level::TRACE);
    let desk =
        Desk::with(|builder| builder.rate_limit_per_principal(RateLimit::per_minute(1).burst(2))).await;
    let wrong = [("x-user", "wrong"), ("x-request-id", "schema-wrong")];
    let refused = desk.get(&wrong, "/gm/_schema").await;
    assert_eq!(
        (refused.status, &refused.json()["error_code"]),
        (401, &json!("authentication_required"))
    );
    let ada = [("x-user", "ada"), ("x-request-id", "schema-often")];
    for expected in [200, 200, 429] {
        assert_eq!(desk.get(&ada, "/gm/_schema").await.status, expected);
    }
    for (request_id, outcome) in [
        ("schema-wrong", "authentication_required"),
        ("schema-often", "rate_limited"),
    ] {
        let entries = log::lines(&["gm::audit", &format!("request_id=\"{request_id}\"")]);
        assert_eq!(entries.len(), 1, "{entries:#?}");
        for part in ["schema", outcome] {
            assert!(entries[0].contains(part), "{part} is not in {}", entries[0]);
        }
    }
    desk.stop().await;
}

#[tokio::test]
async fn a_service_may_serve_no_schema() {
    let desk = Desk::with(|builder| builder.serve_schema(false)).await;
    assert_eq!(desk.get(&[], "/gm/_schema").await.status, 404);
    let reply = desk.send(&[], "POST", "/other/news/query", &json!({})).await;
    assert_eq!(
        (reply.status, reply.header("x-general-manager-schema")),
        (200, None)
    );
    let words = reply.header(FEATURES).unwrap_or_default();
    assert!(words.split(", ").all(|word| word != "schema"), "{words}");
    // The service's own code has it all the same.
    assert_eq!(desk.gm().schema().resources.len(), 5);
    desk.stop().await;
}
