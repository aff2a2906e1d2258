//! Refusals are stored, except those that end without a change of the request. Keys and requests that are wrong are refused.

use gm_runtime::error::Extension;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;

use crate::{Note, NoteCreate, Storage, create, is_replayed, on_each_storage, request, send, titles, twice};

on_each_storage!(
    refusals_of_the_request_are_replayed,
    refusals_of_the_caller_are_not_stored,
    keys_are_checked,
);

async fn refusals_of_the_request_are_replayed(storage: &Storage) {
    let service = storage.serve().await;
    let note = NoteCreate { title: "a".into() };
    Note::create(note).place(1).exec(&service.gm).await.unwrap();
    let body = |method, path, key, body| request(method, path, "ada", key).json(body);
    let refused = [
        (400, body("POST", "/gm/notes", "1", r#"{"title": 7}"#)),
        (400, body("POST", "/gm/notes", "2", "[")),
        (400, body("POST", "/gm/notes", "3", r#"{"nothing": 7}"#)),
        (404, body("PATCH", "/gm/notes/7", "4", r#"{"title": "b"}"#)),
        (404, request("DELETE", "/gm/notes/7", "ada", "5")),
        (
            409,
            body("POST", "/gm/notes", "6", r#"{"title": "b", "place": 1}"#),
        ),
        (
            412,
            body("PATCH", "/gm/notes/1", "7", r#"{"title": "b"}"#).header("If-Match", "\"9\""),
        ),
    ];
    for (status, request) in &refused {
        assert_eq!(twice(&service, request).await.0, *status);
    }
    // What would be done now is not done: the first answer stands.
    Note::by_id(1).delete(&service.gm).await.unwrap();
    let (_, conflict) = &refused[5];
    let again = send(&service, conflict).await;
    assert_eq!((again.status, is_replayed(&again)), (409, true));
    assert!(titles(&service).await.is_empty());
    service.stop().await.unwrap();
}

async fn refusals_of_the_caller_are_not_stored(storage: &Storage) {
    let service = storage.serve().await;
    let anonymous = Request::new("POST", "/gm/notes")
        .header("Idempotency-Key", "k")
        .json(r#"{"title": "a"}"#);
    let unknown = create("a", "k");
    let wrong = Request {
        headers: unknown
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.replace("of-ada", "of-eve")))
            .collect(),
        ..unknown
    };
    // An anonymous caller's wrong body is refused with 400 before its permission is looked at.
    let broken = Request::new("POST", "/gm/notes")
        .header("Idempotency-Key", "b")
        .json("[");
    for (status, request) in [(403, &anonymous), (401, &wrong), (400, &broken)] {
        for _ in 0..2 {
            let refused = send(&service, request).await;
            assert_eq!(refused.status, status);
            assert!(!is_replayed(&refused), "{refused:?}");
        }
    }
    service.stop().await.unwrap();
}

async fn keys_are_checked(storage: &Storage) {
    let service = storage.serve().await;
    let longest = "k".repeat(255);
    for key in ["k", "a key, with \"anything\"", longest.as_str()] {
        twice(&service, &create("a", key)).await;
    }
    let too_long = "k".repeat(256);
    for key in ["", " ", "ä", too_long.as_str()] {
        let refused = send(&service, &create("a", key)).await;
        assert_eq!(refused.status, 400, "{key:?}");
        assert_eq!(refused.json()["error_code"], "invalid_request");
    }
    let two = create("a", "k").header("Idempotency-Key", "k");
    assert_eq!(send(&service, &two).await.status, 400);
    assert_eq!(titles(&service).await.len(), 3);
    // Reads have no keys.
    let read = request("GET", "/gm/notes/1", "ada", "");
    assert_eq!(send(&service, &read).await.status, 200);
    service.stop().await.unwrap();
}

/// Rows of the application's own storage.
#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = Nothing)]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(resource = "own", allow_filter, allow_create)]
struct OwnNote {
    #[field(id)]
    id: i64,
}

#[derive(Default)]
struct Nothing;

impl Interface<OwnNote> for Nothing {
    async fn query(&self, select: &Select) -> Result<Page<OwnNote>, Error> {
        Ok(select.page_of([].iter()))
    }

    async fn get(&self, _: &i64) -> Result<Option<OwnNote>, Error> {
        Ok(None)
    }

    async fn create(&self, values: &Values) -> Result<OwnNote, Error> {
        values.to_row_with_id(1)
    }

    async fn update(&self, _: &i64, _: &Values) -> Result<Option<Updated<OwnNote>>, Error> {
        Ok(None)
    }

    async fn delete(&self, _: &i64) -> Result<bool, Error> {
        Ok(false)
    }
}

#[tokio::test]
async fn storage_that_stores_no_answers_refuses_a_key() {
    let service = Running::start(Gm::builder().expose::<OwnNote>()).await.unwrap();
    let with_key = Request::new("POST", "/gm/own")
        .header("Idempotency-Key", "k")
        .json("{}");
    let refused = send(&service, &with_key).await;
    assert_eq!(refused.status, 400);
    let features = refused.header("x-general-manager-features").unwrap_or_default();
    assert!(!features.contains("idempotency"));
    assert_eq!(
        send(&service, &Request::new("POST", "/gm/own").json("{}"))
            .await
            .status,
        201
    );
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_verb_on_rows_of_this_service_refuses_a_key() {
    let gm = Gm::builder().in_memory::<Note>().build().await.unwrap();
    let note = || NoteCreate { title: "a".into() };
    let refused = Note::create(note())
        .exec(&gm)
        .idempotency_key("k")
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Unsupported {
                extension: Extension::Idempotency,
                ..
            }
        ),
        "{refused}"
    );
    let empty = Note::create(note())
        .exec(&gm)
        .idempotency_key("")
        .await
        .unwrap_err();
    assert!(empty.is_invalid(), "{empty}");
    assert_eq!(Note::query().count(&gm).await.unwrap(), 0);
}
