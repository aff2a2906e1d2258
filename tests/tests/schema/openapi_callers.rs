//! The document of each caller allows what the routes accept of it.

use gm_runtime::query::Operator;
use gm_tests::openapi::{Document, Verdict};
use serde_json::{Map, Value as Json, json};

use crate::accepted::{operand, row_of, value, whole};
use crate::desk::{CALLERS, Desk, Headers};

async fn desk() -> Desk {
    Desk::with(|builder| builder.serve_openapi("Help desk", "1.0.0")).await
}

async fn document(desk: &Desk, caller: Headers) -> Document {
    let response = desk.get(caller, "/gm/_openapi.json").await;
    assert_eq!(response.status, 200);
    Document::new(response.json()).unwrap()
}

#[tokio::test]
async fn a_query_is_allowed_if_it_is_accepted() {
    let desk = desk().await;
    let whole = whole(&desk);
    let mut queries = 0;
    for (name, caller) in CALLERS {
        let mut document = document(&desk, caller).await;
        let path = "/gm/tickets/query";
        if desk.tickets(caller).await.is_none() {
            assert!(!document.has("POST", path), "{name}");
            continue;
        }
        let mut compare = async |body: Json| {
            let response = desk.send(caller, "POST", path, &body).await;
            let verdict = document.body("POST", path, &body).unwrap();
            assert_eq!(
                verdict == Verdict::Accepted,
                response.status == 200,
                "{name}: {body}, {verdict:?}, {}",
                response.json()
            );
            if verdict != Verdict::NoOperation {
                let reply = document
                    .reply("POST", path, response.status, &response.json())
                    .unwrap();
                assert_eq!(reply, Verdict::Accepted, "{name}: {body}");
            }
            queries += 1;
        };
        row_of(&desk, caller).await;
        for field in &whole.fields {
            for operator in Operator::ALL {
                let key = format!("{}__{}", field.name, operator.name());
                compare(json!({"filters": {key: operand(operator, value(field, caller))}})).await;
            }
            compare(json!({"ordering": field.name})).await;
            compare(json!({"ordering": [format!("-{}", field.name)]})).await;
        }
        for lookup in [
            "customer__name",
            "customer__name__icontains",
            "customer__secret",
            "customer__name__year",
            "created_by__name",
        ] {
            compare(json!({"filters": {lookup: "a"}})).await;
        }
    }
    desk.stop().await;
    assert!(queries > 1000, "{queries}");
}

#[tokio::test]
async fn a_write_is_allowed_if_it_is_accepted() {
    let desk = desk().await;
    let whole = whole(&desk);
    let mut writes = 0;
    for (name, caller) in CALLERS {
        let mut document = document(&desk, caller).await;
        let required = whole.fields.iter().filter(|field| field.required);
        let required: Map<_, _> = required
            .map(|field| (field.name.clone(), value(field, caller)))
            .collect();
        let mut compare = async |method, path: &str, body: Json| {
            let response = desk.send(caller, method, path, &body).await;
            let verdict = document.body(method, path, &body).unwrap();
            // The caller may not see the customer, which is no matter of form.
            let is_accepted = matches!(response.status, 200 | 201 | 409);
            assert_eq!(
                verdict == Verdict::Accepted,
                is_accepted,
                "{name}: {method} {body}, {verdict:?}, {}",
                response.json()
            );
            if verdict != Verdict::NoOperation {
                let reply = document
                    .reply(method, path, response.status, &response.json())
                    .unwrap();
                assert_eq!(reply, Verdict::Accepted, "{name}: {method} {body}");
            }
            writes += 1;
        };
        compare("POST", "/gm/letters", json!({"text": "a"})).await;
        compare("POST", "/gm/letters", json!({})).await;
        let row = row_of(&desk, caller).await;
        let path = format!("/gm/tickets/{row}");
        for field in &whole.fields {
            let mut create = required.clone();
            create.insert(field.name.clone(), value(field, caller));
            compare("POST", "/gm/tickets", Json::Object(create)).await;
            let mut update = Map::new();
            update.insert(field.name.clone(), value(field, caller));
            compare("PATCH", &path, Json::Object(update)).await;
            let mut without = required.clone();
            without.remove(&field.name);
            compare("POST", "/gm/tickets", Json::Object(without)).await;
        }
        compare("DELETE", &path, Json::Null).await;
    }
    desk.stop().await;
    assert!(writes > 300, "{writes}");
}

/// A name that the caller may not see is nowhere in its document.
#[tokio::test]
async fn a_document_has_no_name_that_its_caller_may_not_see() {
    let desk = desk().await;
    let whole = desk.gm().openapi("Help desk", "1.0.0");
    assert!(whole["paths"].get("/other/news/query").is_some());
    let mut hidden = 0;
    for (name, caller) in CALLERS {
        let seen = desk.schema(caller).await;
        let document = document(&desk, caller).await;
        let parts = [
            &document.json()["paths"],
            &document.json()["components"]["schemas"],
        ];
        let text: String = parts.iter().map(ToString::to_string).collect();
        for resource in desk.gm().schema().resources {
            let visible = seen
                .resources
                .iter()
                .find(|visible| visible.path() == resource.path());
            if visible.is_none() {
                assert!(
                    !text.contains(&resource.resource),
                    "{name}: {}",
                    resource.resource
                );
                assert!(!text.contains(&resource.manager), "{name}: {}", resource.manager);
                hidden += 1;
            }
            // Names of fields that a description may have for another reason.
            let fields = resource
                .fields
                .iter()
                .filter(|field| !matches!(field.name.as_str(), "id" | "name" | "text" | "title"));
            for field in fields {
                let is_seen =
                    |resource: &gm_runtime::schema::ResourceSchema| resource.field(&field.name).is_some();
                if !seen.resources.iter().any(is_seen) {
                    for form in [
                        format!("\"{}\"", field.name),
                        format!("{}__", field.name),
                        format!("-{}", field.name),
                    ] {
                        assert!(!text.contains(&form), "{name}: {form}");
                    }
                    hidden += 1;
                }
            }
        }
    }
    desk.stop().await;
    assert!(hidden > 50, "{hidden}");
}
