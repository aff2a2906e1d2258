//! A service of four rows, of which another program has made the second and the fourth unreadable.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

use serde_json::{Value as Json, json};

use crate::conformance::Running;
use crate::log;
use crate::raw::{Request, Response};

/// A service of the rows 1 to 4. A field of the rows 2 and 4 holds what no field can hold.
#[derive(Debug)]
pub struct Unreadable {
    /// The service.
    pub running: Running,
    /// The name of the manager.
    pub manager: &'static str,
    /// The name of its resource.
    pub resource: &'static str,
}

/// The ids of the rows of an answer.
fn ids(answer: &Json) -> Vec<i64> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

/// `change` is what the other program has done to `field`, for the message of a failure.
impl Unreadable {
    /// The response to a request for the resource.
    pub async fn send(&self, method: &str, path: &str, body: &str) -> Response {
        let request = Request::new(method, &format!("/gm/{}{path}", self.resource)).json(body);
        request.send(self.running.address).await.unwrap()
    }

    /// The answer to a query.
    async fn query(&self, body: &str, change: &str) -> Json {
        let response = self.send("POST", "/query", body).await;
        assert_eq!(response.status, 200, "{change}: {body}");
        response.json()
    }

    /// The other rows are answered, and each unreadable one is logged.
    pub async fn assert_others_are_answered(&self, change: &str, field: &str) {
        let answer = self.query("{}", change).await;
        assert_eq!(ids(&answer), [1, 3], "{change}");
        assert_eq!(
            (&answer["total_count"], &answer["metadata"]["unreadable"]),
            (&json!(4), &json!(2)),
            "{change}"
        );
        for id in ["2", "4"] {
            let named = format!("`{}`.`{field}`", self.manager);
            let names = ["ERROR", &named, &format!("in the row of id {id}")];
            assert!(!log::lines(&names).is_empty(), "{change}: {id}");
        }
        // A part of the rows, without an unreadable one.
        let first = self.query(r#"{"page": 1, "page_size": 1}"#, change).await;
        assert_eq!(ids(&first), [1], "{change}");
        assert_eq!(
            (&first["total_count"], &first["metadata"]["unreadable"]),
            (&json!(4), &Json::Null),
            "{change}"
        );
        // Only an unreadable row.
        let second = r#"{"page": 2, "page_size": 1}"#;
        assert_eq!(self.send("POST", "/query", second).await.status, 500, "{change}");
        assert_eq!(self.send("GET", "/2", "").await.status, 500, "{change}");
    }

    /// The field of the row 2 gets this value, and the row 4 is deleted.
    pub async fn assert_repaired_by(&self, change: &str, field: &str, value: &Json) {
        let body = json!({field: value}).to_string();
        let repaired = self.send("PATCH", "/2", &body).await;
        assert_eq!(repaired.status, 200, "{change}: {:?}", repaired.json());
        assert_eq!(repaired.json()["items"][0][field], *value, "{change}");
        let read = self.send("GET", "/2", "").await.json();
        assert_eq!(read["items"][0][field], *value, "{change}");
        assert_eq!(self.send("DELETE", "/4", "").await.status, 200, "{change}");
        let answer = self.query("{}", change).await;
        assert_eq!(ids(&answer), [1, 2, 3], "{change}");
        assert_eq!(answer["metadata"]["unreadable"], Json::Null, "{change}");
    }

    /// The readable rows are the answer to this query.
    pub async fn assert_readable_match(&self, change: &str, query: &str) {
        let answer = self.query(query, change).await;
        assert_eq!(ids(&answer), [1, 3], "{change}: {query}");
    }
}
