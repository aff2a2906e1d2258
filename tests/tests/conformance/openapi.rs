//! The OpenAPI document of the cases' managers allows each request that is carried out, and each reply.

use gm_runtime::{Gm, GmBuilder};
use gm_tests::openapi::{Document, Verdict};
use gm_tests::raw::{Request, Response};
use gm_tests::recorded;
use serde_json::Value as Json;

use crate::case::groups;
use crate::seeded::Seeded;

/// How many recorded requests were compared.
#[derive(Debug, Default)]
struct Count {
    carried_out: usize,
    refused: usize,
    /// Bodies that the service refused, and the document, too.
    refused_by_both: usize,
}

fn serve_openapi(builder: GmBuilder) -> GmBuilder {
    builder.serve_openapi("The recorded cases", "1.0.0")
}

/// The JSON of a body. An empty one is an empty object.
fn body_of(request: &Request) -> Option<Json> {
    match request.body.as_deref() {
        None | Some([]) => Some(Json::Object(serde_json::Map::new())),
        Some(body) => serde_json::from_slice(body).ok(),
    }
}

/// What is wrong with the document, by this exchange.
fn compare(
    document: &mut Document,
    request: &Request,
    response: &Response,
    count: &mut Count,
) -> Vec<String> {
    let (method, path) = (request.method.as_str(), request.path.as_str());
    if !document.has(method, path) || response.header("x-request-id").is_none() {
        assert!(
            !(200..300).contains(&response.status),
            "{method} {path} is carried out, and not described"
        );
        return Vec::new();
    }
    let mut wrong = Vec::new();
    match document.reply(method, path, response.status, &response.json()) {
        Ok(Verdict::Accepted) => {}
        other => wrong.push(format!("the reply {}: {other:?}", response.status)),
    }
    // The body of a GET is ignored.
    if method == "GET" {
        return wrong;
    }
    let Some(body) = body_of(request) else {
        assert!(response.status >= 400, "{method} {path}");
        return wrong;
    };
    let verdict = document.body(method, path, &body).unwrap();
    match (response.status, verdict) {
        (200..300, Verdict::Accepted) => count.carried_out += 1,
        (200..300, other) => wrong.push(format!("the body {body}: {other:?}")),
        (400, Verdict::Refused(_)) => {
            count.refused += 1;
            count.refused_by_both += 1;
        }
        (400, _) => count.refused += 1,
        _ => {}
    }
    wrong
}

#[tokio::test]
async fn every_recorded_exchange_is_as_the_document_says() {
    let seeded = Seeded::sqlite(serve_openapi).await;
    let mut document = Document::new(seeded.running.gm.openapi("The recorded cases", "1.0.0")).unwrap();
    let mut count = Count::default();
    let mut failures = Vec::new();
    for file in recorded::files().unwrap() {
        for group in groups(&file) {
            seeded.restore().await;
            for case in group {
                let response = case.request.send(seeded.running.address).await.unwrap();
                let wrong = compare(&mut document, &case.request, &response, &mut count);
                failures.extend(
                    wrong
                        .into_iter()
                        .map(|wrong| format!("{file}, {}: {wrong}", case.name)),
                );
            }
        }
    }
    seeded.stop().await;
    assert!(
        failures.is_empty(),
        "{} cases:\n{}",
        failures.len(),
        failures.join("\n")
    );
    // A document that allows everything would pass so far.
    assert!(count.carried_out > 150, "{count:?}");
    assert!(count.refused_by_both * 10 > count.refused * 8, "{count:?}");
}

#[tokio::test]
async fn a_caller_gets_the_document_of_what_it_may() {
    let seeded = Seeded::sqlite(serve_openapi).await;
    let get = async |credentials: Option<&str>| {
        let mut request = Request::new("GET", "/internal/gm/_openapi.json");
        if let Some(credentials) = credentials {
            request = request.header("Authorization", credentials);
        }
        request.send(seeded.running.address).await.unwrap()
    };
    let whole = seeded.running.gm.openapi("The recorded cases", "1.0.0");
    let known = get(Some("Bearer conformance-user")).await;
    assert_eq!(
        (known.status, known.header("content-type")),
        (200, Some("application/json"))
    );
    assert_eq!(known.header("cache-control"), Some("no-store"));
    assert_eq!(known.json(), whole);
    let anonymous = Document::new(get(None).await.json()).unwrap();
    assert!(anonymous.has("POST", "/internal/gm/private-things"));
    assert!(!anonymous.has("POST", "/internal/gm/private-things/query"));
    assert!(!anonymous.has("PATCH", "/internal/gm/guarded-things/1"));
    assert!(anonymous.has("GET", "/internal/gm/guarded-things/1"));
    let wrong = get(Some("Bearer wrong")).await;
    assert_eq!(
        (wrong.status, &wrong.json()["error_code"]),
        (401, &"authentication_required".into())
    );
    let posted = Request::new("POST", "/internal/gm/_openapi.json")
        .send(seeded.running.address)
        .await
        .unwrap();
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET")));
    seeded.stop().await;
}

#[tokio::test]
async fn a_document_is_served_only_if_it_is_turned_on() {
    let seeded = Seeded::sqlite(|builder| builder).await;
    let request = Request::new("GET", "/internal/gm/_openapi.json");
    assert_eq!(request.send(seeded.running.address).await.unwrap().status, 404);
    seeded.stop().await;
    let refused = serve_openapi(Gm::builder()).serve_schema(false).build().await;
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("serve_openapi"), "{refused}");
}
