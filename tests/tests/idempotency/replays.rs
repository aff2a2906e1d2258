//! The same request again gets the same answer, and nothing is written twice.

use std::time::Duration;

use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;

use crate::{Note, NoteCreate, Storage, create, is_replayed, on_each_storage, request, send, titles, twice};

on_each_storage!(
    a_create_is_carried_out_once,
    an_update_is_carried_out_once,
    an_update_that_changes_nothing_is_answered_once,
    a_delete_is_carried_out_once,
    the_answer_of_a_row_with_a_taken_value_is_replayed,
    another_request_under_the_key_is_refused,
    each_caller_has_keys_of_its_own,
    a_key_is_free_after_its_time,
    a_long_answer_is_read_again,
    a_retention_of_zero_turns_the_extension_off,
);

async fn a_create_is_carried_out_once(storage: &Storage) {
    let service = storage.serve().await;
    let (status, body) = twice(&service, &create("a", "k")).await;
    assert_eq!((status, &body["items"][0]["title"]), (201, &"a".into()));
    assert_eq!(body["metadata"]["request_id"], "first");
    // Another key is another write.
    twice(&service, &create("a", "l")).await;
    assert_eq!(titles(&service).await, ["a", "a"]);
    // Without a key, each request writes.
    let plain = create("b", "k");
    let plain = gm_tests::raw::Request {
        headers: plain
            .headers
            .into_iter()
            .filter(|(name, _)| name != "Idempotency-Key")
            .collect(),
        ..plain
    };
    for _ in 0..2 {
        assert_eq!(send(&service, &plain).await.status, 201);
    }
    assert_eq!(titles(&service).await.len(), 4);
    service.stop().await.unwrap();
}

async fn an_update_is_carried_out_once(storage: &Storage) {
    let service = storage.serve().await;
    send(&service, &create("a", "k")).await;
    let update = request("PATCH", "/gm/notes/1", "ada", "k2")
        .header("If-Match", "\"1\"")
        .json(r#"{"title": "b"}"#);
    let (status, body) = twice(&service, &update).await;
    assert_eq!((status, &body["items"][0]["version"]), (200, &2.into()));
    // The answer is that of the first request, whatever the row is now.
    let other = request("PATCH", "/gm/notes/1", "ada", "k3").json(r#"{"title": "c"}"#);
    assert_eq!(send(&service, &other).await.status, 200);
    let again = send(&service, &update).await;
    assert_eq!((again.status, again.json()), (200, body));
    assert_eq!(titles(&service).await, ["c"]);
    service.stop().await.unwrap();
}

async fn an_update_that_changes_nothing_is_answered_once(storage: &Storage) {
    let service = storage.serve().await;
    send(&service, &create("a", "k")).await;
    let update = request("PATCH", "/gm/notes/1", "ada", "k2").json(r#"{"title": "a"}"#);
    twice(&service, &update).await;
    let other = request("PATCH", "/gm/notes/1", "ada", "k3").json(r#"{"title": "b"}"#);
    send(&service, &other).await;
    assert!(is_replayed(&send(&service, &update).await));
    assert_eq!(titles(&service).await, ["b"]);
    service.stop().await.unwrap();
}

async fn a_delete_is_carried_out_once(storage: &Storage) {
    let service = storage.serve().await;
    send(&service, &create("a", "k")).await;
    let (status, body) = twice(&service, &request("DELETE", "/gm/notes/1", "ada", "k2")).await;
    assert_eq!((status, &body["items"]), (200, &serde_json::json!([])));
    let without = request("DELETE", "/gm/notes/1", "ada", "k3");
    assert_eq!(send(&service, &without).await.status, 404);
    service.stop().await.unwrap();
}

async fn the_answer_of_a_row_with_a_taken_value_is_replayed(storage: &Storage) {
    let service = storage.serve().await;
    let first = request("POST", "/gm/notes", "ada", "k").json(r#"{"title": "a", "place": 1}"#);
    // The second attempt conflicts with the row of the first one.
    assert_eq!(twice(&service, &first).await.0, 201);
    service.stop().await.unwrap();
}

async fn another_request_under_the_key_is_refused(storage: &Storage) {
    let service = storage.serve().await;
    assert_eq!(send(&service, &create("a", "k")).await.status, 201);
    for other in [
        create("b", "k"),
        // The same values in other bytes.
        request("POST", "/gm/notes", "ada", "k").json(r#"{"title":"a"}"#),
        request("PATCH", "/gm/notes/1", "ada", "k").json(r#"{"title": "a"}"#),
        request("DELETE", "/gm/notes/1", "ada", "k"),
        request("DELETE", "/gm/notes/7", "ada", "k"),
        request("POST", "/gm/notes", "ada", "k").json(r#"{"title": 7}"#),
        request("POST", "/gm/notes", "ada", "k").json("{"),
    ] {
        let refused = send(&service, &other).await;
        assert_eq!(refused.status, 422, "{other:?}");
        assert_eq!(refused.json()["error_code"], "idempotency_mismatch");
        assert!(!is_replayed(&refused));
    }
    assert!(is_replayed(&send(&service, &create("a", "k")).await));
    assert_eq!(titles(&service).await, ["a"]);
    service.stop().await.unwrap();
}

async fn each_caller_has_keys_of_its_own(storage: &Storage) {
    let service = storage.serve().await;
    twice(&service, &create("a", "k")).await;
    let of_tim = request("POST", "/gm/notes", "tim", "k").json(r#"{"title": "a"}"#);
    twice(&service, &of_tim).await;
    assert_eq!(titles(&service).await, ["a", "a"]);
    service.stop().await.unwrap();
}

async fn a_key_is_free_after_its_time(storage: &Storage) {
    let builder = storage.builder().idempotency_retention(Duration::from_millis(1));
    let service = Running::start(builder).await.unwrap();
    let first = send(&service, &create("a", "k")).await;
    let first = first.json()["items"][0]["id"].clone();
    loop {
        let again = send(&service, &create("a", "k")).await;
        assert_eq!(again.status, 201);
        let id = again.json()["items"][0]["id"].clone();
        assert_eq!(is_replayed(&again), id == first);
        if id != first {
            break;
        }
    }
    service.stop().await.unwrap();
}

async fn a_long_answer_is_read_again(storage: &Storage) {
    let service = storage.serve().await;
    let long = create(&"long ".repeat(20_000), "k");
    let first = send(&service, &long).await;
    let second = send(&service, &long).await;
    assert!(is_replayed(&second));
    assert_eq!(second.status, 201);
    assert_eq!(second.json()["items"], first.json()["items"]);
    assert_eq!(second.header("etag"), first.header("etag"));
    assert_eq!(titles(&service).await.len(), 1);
    Note::by_id(1).delete(&service.gm).await.unwrap();
    let third = send(&service, &long).await;
    assert_eq!(
        (third.status, &third.json()["items"]),
        (201, &serde_json::json!([]))
    );
    service.stop().await.unwrap();
}

async fn a_retention_of_zero_turns_the_extension_off(storage: &Storage) {
    let builder = storage.builder().idempotency_retention(Duration::ZERO);
    let service = Running::start(builder).await.unwrap();
    let refused = send(&service, &create("a", "k")).await;
    assert_eq!(refused.status, 400);
    let features = refused.header("x-general-manager-features").unwrap();
    assert!(!features.contains("idempotency"), "{features}");
    assert!(titles(&service).await.is_empty());
    service.stop().await.unwrap();
}

/// An update whose caller's rule holds no longer once it is done.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "drafts")]
#[permission(read = public, create = public, update(before = is_open == true, after = public), delete = public)]
#[remote_api(resource = "drafts", allow_create, allow_update)]
struct DraftNote {
    #[field(id)]
    id: i64,
    is_open: bool,
}

#[tokio::test]
async fn an_update_is_replayed_whose_rule_no_longer_allows_it() {
    let builder = Gm::builder().database("sqlite::memory:").expose::<DraftNote>();
    let service = Running::start(builder).await.unwrap();
    DraftNote::create(DraftNoteCreate { is_open: true })
        .exec(&service.gm)
        .await
        .unwrap();
    let close = gm_tests::raw::Request::new("PATCH", "/gm/drafts/1")
        .header("Idempotency-Key", "k")
        .json(r#"{"is_open": false}"#);
    assert_eq!(twice(&service, &close).await.0, 200);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn answers_are_stored_in_the_file_of_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("notes.db").display());
    let builder = || {
        Gm::builder()
            .database(&url)
            .expose::<Note>()
            .accept_bearer_token("of-ada", "ada")
    };
    let service = Running::start(builder()).await.unwrap();
    let first = send(&service, &create("a", "k")).await;
    service.stop().await.unwrap();
    let service = Running::start(builder()).await.unwrap();
    let second = send(&service, &create("a", "k")).await;
    assert!(is_replayed(&second));
    assert_eq!(
        (second.status, second.json()["items"].clone()),
        (201, first.json()["items"].clone())
    );
    assert_eq!(titles(&service).await, ["a"]);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_table_is_a_part_of_the_schema_of_exposed_managers() {
    use gm_runtime::interface::SqlDialect;

    let exposed = || Gm::builder().database("sqlite::memory:").expose::<Note>();
    let sql = exposed().schema(SqlDialect::Postgres).unwrap();
    assert!(sql.contains(r#"CREATE TABLE "gm_idempotency""#), "{sql}");
    let without = [
        exposed()
            .idempotency_retention(Duration::ZERO)
            .schema(SqlDialect::Postgres)
            .unwrap(),
        exposed().schema(SqlDialect::MySql).unwrap(),
        Gm::builder()
            .manager::<Note>()
            .schema(SqlDialect::Sqlite)
            .unwrap(),
    ];
    assert!(
        without.iter().all(|sql| !sql.contains("gm_idempotency")),
        "{without:?}"
    );
    let missing = exposed()
        .create_tables(false)
        .build()
        .await
        .unwrap_err()
        .to_string();
    assert!(missing.contains("gm_idempotency"), "{missing}");
    // The rows of own code have no answers.
    let gm = Gm::builder()
        .database("sqlite::memory:")
        .manager::<Note>()
        .build()
        .await
        .unwrap();
    let note = NoteCreate { title: "a".into() };
    assert!(Note::create(note).exec(&gm).await.is_ok());
}
