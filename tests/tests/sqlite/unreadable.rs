//! A stored value that does not fit its field does not affect other rows, and can be repaired.

use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::log;
use gm_tests::unreadable::Unreadable;
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
    rows: Unreadable,
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
            rows: Unreadable {
                running,
                manager: "Letter",
                resource: "letters",
            },
            consumer,
        }
    }
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
        let rows = &service.rows;
        rows.assert_others_are_answered(change, field).await;
        // An answer that can't report omitted rows is an error.
        let owner = Letter::query().all(&service.rows.running.gm).await.unwrap_err();
        assert!(
            matches!(owner, Error::Record { .. }) && owner.to_string().contains("row of id 2"),
            "{owner}"
        );
        let consumer = RemoteLetter::query().all(&service.consumer).await.unwrap_err();
        assert!(matches!(consumer, Error::Decode(_)), "{consumer}");
        assert!(consumer.to_string().contains("2 on this page"), "{consumer}");
        assert_eq!(RemoteLetter::count(&service.consumer).await.unwrap(), 4);

        rows.assert_repaired_by(change, field, &value).await;
        let rows = RemoteLetter::query().all(&service.consumer).await.unwrap();
        assert_eq!(rows.len(), 3);
        drop(service.folder);
    }
}

/// An update that leaves another unreadable field fails, and writes nothing.
#[tokio::test]
async fn an_update_must_repair_every_unreadable_field() {
    let service = Service::start("text = CAST(x'ff' AS TEXT), note = CAST(x'ff' AS TEXT)").await;
    assert_eq!(
        service.rows.send("PATCH", "/2", r#"{"text": "b"}"#).await.status,
        500
    );
    assert_eq!(
        service.rows.send("PATCH", "/2", r#"{"read": true}"#).await.status,
        500
    );
    let bytes: Vec<u8> = service
        .folder
        .other()
        .query_row("SELECT CAST(text AS BLOB) FROM letters WHERE id = 2", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(bytes, [0xff]);
    let mended = service
        .rows
        .send("PATCH", "/2", r#"{"text": "b", "note": "c"}"#)
        .await;
    assert_eq!(mended.status, 200);
    let mended = Letter::get(&service.rows.running.gm, 2).await.unwrap();
    assert_eq!((mended.text.as_str(), mended.note.as_deref()), ("b", Some("c")));
}
