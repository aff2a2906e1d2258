//! Cursors that are no cursors, in the body of a query. `interfaces/cursors/wrong.rs` has those that fit no query.

use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use crate::{QUERY, assert_alive, serve};

#[tokio::test]
async fn a_query_with_a_wrong_cursor_is_an_invalid_request() {
    let service = serve().await;
    let first = Request::new("POST", QUERY).json(r#"{"page_size": 5}"#);
    let first = first.send(service.address).await.unwrap().json();
    let good = first["metadata"]["next_cursor"].clone();
    assert!(good.is_string(), "{first}");
    let wrong = [
        json!({"cursor": 7}),
        json!({"cursor": true}),
        json!({"cursor": []}),
        json!({"cursor": {}}),
        json!({"cursor": [good]}),
        json!({"cursor": ""}),
        json!({"cursor": "ä"}),
        json!({"cursor": " "}),
        json!({"cursor": "a\u{0}"}),
        json!({"cursor": "a".repeat(16_384)}),
        json!({"cursor": "a".repeat(16_385)}),
        json!({"cursor": "W".repeat(1 << 20)}),
        json!({"cursor": good, "page": 1}),
        json!({"cursor": good, "page": 2, "page_size": 5}),
        json!({"cursor": good, "ordering": "name"}),
        json!({"cursor": good, "ordering": ["id"]}),
    ];
    for body in wrong {
        let text = body.to_string();
        let response = Request::new("POST", QUERY)
            .json(&text)
            .send(service.address)
            .await;
        let (status, answer) = response
            .map(|response| (response.status, response.json()))
            .unwrap();
        let shown = text.get(..80).unwrap_or(&text);
        assert_eq!(status, 400, "{shown}: {answer}");
        assert_eq!(answer["error_code"], "invalid_request", "{shown}");
        assert_eq!(answer["details"]["field"], "cursor", "{shown}");
        assert!(answer.to_string().len() < 500, "{shown}");
    }
    // A cursor of null with a page, and the last of two cursors.
    for body in [
        json!({"cursor": null, "page": 2, "page_size": 5}).to_string(),
        format!(r#"{{"cursor": 7, "page_size": 5, "cursor": {good}}}"#),
    ] {
        let answer = Request::new("POST", QUERY)
            .json(&body)
            .send(service.address)
            .await
            .unwrap();
        assert_eq!(answer.status, 200, "{body}");
        let ids: Vec<Json> = answer.json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].clone())
            .collect();
        assert_eq!(ids, [6, 7, 8, 9, 10], "{body}");
    }
    assert_alive(service).await;
}

#[tokio::test]
async fn a_response_behind_a_cursor_has_no_page_number() {
    let service = serve().await;
    let mut body = json!({"page_size": 5});
    let mut read = Vec::new();
    loop {
        let request = Request::new("POST", QUERY).json(&body.to_string());
        let answer = request.send(service.address).await.unwrap().json();
        let metadata = &answer["metadata"];
        let by_number = !body.as_object().unwrap().contains_key("cursor");
        let expected = if by_number {
            json!([1, 5])
        } else {
            json!([null, null])
        };
        assert_eq!(json!([metadata["page"], metadata["page_size"]]), expected);
        assert_eq!(answer["total_count"], 12);
        read.extend(
            answer["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].as_i64().unwrap()),
        );
        if metadata["next_cursor"].is_null() {
            assert!(metadata.as_object().unwrap().contains_key("next_cursor"));
            break;
        }
        body["cursor"] = metadata["next_cursor"].clone();
    }
    let expected: Vec<i64> = (1..=12).collect();
    assert_eq!(read, expected);
    assert_alive(service).await;
}
