//! Cursors under rules: they show no row out of sight, and no field that the caller may not read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::service::{ADMIN, AGENT, ANONYMOUS, BOB, Service, TIM, ids, listed, on_each_storage, refusal};

on_each_storage! {
    pages_behind_a_cursor_have_the_rows_in_sight,
    another_callers_cursor_shows_no_row_out_of_sight,
    a_cursor_of_a_hidden_field_is_refused,
    a_caller_who_may_read_nothing_gets_no_cursor,
}

fn next_cursor(answer: &(u16, Json)) -> &Json {
    assert_eq!(answer.0, 200, "{}", answer.1);
    &answer.1["metadata"]["next_cursor"]
}

fn text(cursor: &Json) -> String {
    let json = URL_SAFE_NO_PAD.decode(cursor.as_str().unwrap()).unwrap();
    String::from_utf8(json).unwrap()
}

async fn pages_behind_a_cursor_have_the_rows_in_sight(services: Vec<Service>) {
    for service in services {
        for (caller, expected) in [(TIM, vec![3, 1]), (BOB, vec![2, 4]), (AGENT, vec![2, 3, 4, 1])] {
            for count in [true, false] {
                let mut body = json!({"ordering": "-title", "page_size": 1, "count": count});
                let mut read = Vec::new();
                loop {
                    let answer = service.query(caller, body.clone()).await;
                    let (rows, total) = listed(&answer);
                    assert_eq!(
                        total,
                        count.then_some(expected.len() as u64),
                        "{}",
                        service.storage
                    );
                    read.extend(rows);
                    body["cursor"] = next_cursor(&answer).clone();
                    if body["cursor"].is_null() {
                        break;
                    }
                    // The fields of the ordering and the id, and no other value.
                    assert!(text(&body["cursor"]).starts_with(r#"[["-title"],""#));
                    assert!(read.len() <= expected.len(), "{}", service.storage);
                }
                assert_eq!(read, expected, "{}", service.storage);
            }
        }
        service.stop().await;
    }
}

/// The cursor of a row that the caller may not see is a position, as a lookup with its values is.
async fn another_callers_cursor_shows_no_row_out_of_sight(services: Vec<Service>) {
    for service in services {
        let query = json!({"ordering": "-title", "page_size": 1});
        let theirs = service.query(BOB, query.clone()).await;
        assert!(
            text(next_cursor(&theirs)).contains("secret plan"),
            "{}",
            service.storage
        );
        let mut with_cursor = query.clone();
        with_cursor["cursor"] = next_cursor(&theirs).clone();
        with_cursor["page_size"] = json!(10);
        let answer = service.query(TIM, with_cursor.clone()).await;
        assert_eq!(listed(&answer), (vec![3, 1], Some(2)), "{}", service.storage);
        // Whether the row is there or not makes no difference.
        let position = r#"[["-title"],"secret plan",99]"#;
        with_cursor["cursor"] = json!(URL_SAFE_NO_PAD.encode(position));
        assert_eq!(
            service.query(TIM, with_cursor).await,
            answer,
            "{}",
            service.storage
        );
        service.stop().await;
    }
}

async fn a_cursor_of_a_hidden_field_is_refused(services: Vec<Service>) {
    for service in services {
        let query = json!({"ordering": "price", "page_size": 2});
        let theirs = service.query(ADMIN, query.clone()).await;
        assert_eq!(ids(&theirs.1), [1, 2], "{}", service.storage);
        let cursor = next_cursor(&theirs).clone();
        assert!(cursor.is_string(), "{}", service.storage);
        let mut by_price = query.clone();
        by_price["cursor"] = cursor.clone();
        assert_eq!(ids(&service.query(ADMIN, by_price.clone()).await.1), [3, 4]);
        let refused = service.query(TIM, by_price).await;
        assert_eq!(refusal(&refused), (400, "invalid_request"), "{}", service.storage);
        assert_eq!(refused, service.query(TIM, query).await, "{}", service.storage);
        // Without the ordering, the cursor is of another one.
        let other = service.query(TIM, json!({"cursor": cursor})).await;
        assert_eq!(refusal(&other), (400, "invalid_request"), "{}", service.storage);
        assert_eq!(other.1["details"]["field"], "cursor");
        service.stop().await;
    }
}

async fn a_caller_who_may_read_nothing_gets_no_cursor(services: Vec<Service>) {
    for service in services {
        let answer = service.query(ANONYMOUS, json!({"page_size": 1})).await;
        assert_eq!(listed(&answer), (vec![], Some(0)));
        assert!(answer.1["metadata"].get("next_cursor").is_none());
        service.stop().await;
    }
}
