//! A stored value that does not fit its field does not affect other rows, and can be repaired.

use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::log;
use gm_tests::raw::{Request, Response};
use serde_json::{Value as Json, json};

use crate::Folder;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "letters")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "letters",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
#[remote_manager(base_url = "http://letters.test")]
struct Letter {
    #[field(id)]
    id: i64,
    text: String,
    note: Option<String>,
    data: Option<Json>,
    #[field(default)]
    read: bool,
}

struct Service {
    folder: Folder,
    running: Running,
    consumer: Gm,
}

impl Service {
    /// Four letters, of which another program has changed the second and the fourth.
    async fn start(change: &str) -> Self {
        log::keep();
        let folder = Folder::new();
        let running = Running::start(folder.builder().expose::<Letter>()).await.unwrap();
        let consumer = Gm::builder().base_url("http://letters.test", format!("http://{}", running.address));
        for text in ["a", "b", "c", "d"] {
            Letter::create(LetterCreate { text: text.into() })
                .exec(&running.gm)
                .await
                .unwrap();
        }
        let change = format!("UPDATE letters SET {change} WHERE id IN (2, 4)");
        assert_eq!(folder.other().execute(&change, []).unwrap(), 2);
        let consumer = consumer.build().await.unwrap();
        Self {
            folder,
            running,
            consumer,
        }
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> Response {
        let request = Request::new(method, &format!("/gm/letters{path}")).json(body);
        request.send(self.running.address).await.unwrap()
    }

    async fn query(&self, body: &str) -> (u16, Json) {
        let answer = self.send("POST", "/query", body).await;
        (answer.status, answer.json())
    }
}

fn ids(answer: &Json) -> Vec<i64> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn other_rows_are_answered_and_the_row_can_be_repaired() {
    for (change, field, value) in [
        ("text = CAST(x'636166e9' AS TEXT)", "text", json!("caf\u{e9}")),
        ("note = CAST(x'ff' AS TEXT)", "note", Json::Null),
        ("data = CAST(x'22ff22' AS TEXT)", "data", json!({"a": 1})),
        ("read = 2", "read", json!(false)),
    ] {
        let service = Service::start(change).await;
        let (status, answer) = service.query("{}").await;
        assert_eq!(status, 200, "{change}");
        assert_eq!(ids(&answer), [1, 3], "{change}");
        assert_eq!(
            (&answer["total_count"], &answer["metadata"]["unreadable"]),
            (&json!(4), &json!(2))
        );
        for id in ["2", "4"] {
            let named = log::lines(&[
                "ERROR",
                &format!("`Letter`.`{field}`"),
                &format!("in the row of id {id}"),
            ]);
            assert!(!named.is_empty(), "{change}: {field} {id}");
        }
        // A part of the rows, without an unreadable one.
        let (_, first) = service.query(r#"{"page": 1, "page_size": 1}"#).await;
        assert_eq!(ids(&first), [1]);
        assert_eq!(
            (&first["total_count"], &first["metadata"]["unreadable"]),
            (&json!(4), &Json::Null)
        );
        // Only an unreadable row.
        assert_eq!(
            service.query(r#"{"page": 2, "page_size": 1}"#).await.0,
            500,
            "{change}"
        );
        assert_eq!(service.send("GET", "/2", "").await.status, 500, "{change}");
        // An answer that can't report omitted rows is an error.
        let owner = Letter::query().all(&service.running.gm).await.unwrap_err();
        assert!(
            matches!(owner, Error::Record { .. }) && owner.to_string().contains("row of id 2"),
            "{owner}"
        );
        let consumer = RemoteLetter::query().all(&service.consumer).await.unwrap_err();
        assert!(matches!(consumer, Error::Decode(_)), "{consumer}");
        assert!(consumer.to_string().contains("2 on this page"), "{consumer}");
        assert_eq!(RemoteLetter::count(&service.consumer).await.unwrap(), 4);

        let mended = service
            .send("PATCH", "/2", &json!({field: value}).to_string())
            .await;
        assert_eq!(mended.status, 200, "{change}");
        assert_eq!(mended.json()["items"][0][field], value, "{change}");
        assert_eq!(
            service.send("GET", "/2", "").await.json()["items"][0][field],
            value
        );
        assert_eq!(service.send("DELETE", "/4", "").await.status, 200, "{change}");
        let (status, answer) = service.query("{}").await;
        assert_eq!((status, ids(&answer)), (200, vec![1, 2, 3]), "{change}");
        assert_eq!(answer["metadata"]["unreadable"], Json::Null);
        let rows = RemoteLetter::query().all(&service.consumer).await.unwrap();
        assert_eq!(rows.len(), 3);
        drop(service.folder);
    }
}

/// An update that leaves another unreadable field fails, and writes nothing.
#[tokio::test]
async fn an_update_must_repair_every_unreadable_field() {
    let service = Service::start("text = CAST(x'ff' AS TEXT), note = CAST(x'ff' AS TEXT)").await;
    assert_eq!(service.send("PATCH", "/2", r#"{"text": "b"}"#).await.status, 500);
    assert_eq!(service.send("PATCH", "/2", r#"{"read": true}"#).await.status, 500);
    let bytes: Vec<u8> = service
        .folder
        .other()
        .query_row("SELECT CAST(text AS BLOB) FROM letters WHERE id = 2", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(bytes, [0xff]);
    let mended = service.send("PATCH", "/2", r#"{"text": "b", "note": "c"}"#).await;
    assert_eq!(mended.status, 200);
    let mended = Letter::get(&service.running.gm, 2).await.unwrap();
    assert_eq!((mended.text.as_str(), mended.note.as_deref()), ("b", Some("c")));
}
