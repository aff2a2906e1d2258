//! Batches with a key are carried out once, as a whole.

use std::time::Duration;

use futures_util::future::join_all;
use gm_runtime::Error;
use gm_runtime::error::Extension;
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::json;

use crate::consumers::{consumer_of, lossy_owner, note};
use crate::{
    Note, NoteCreate, RemoteNote, Storage, is_replayed, on_each_storage, request, send, titles, twice,
};

on_each_storage!(
    a_batch_is_carried_out_once,
    a_refused_batch_is_refused_again,
    a_batch_that_could_not_be_carried_out_again_is_replayed,
    another_batch_under_the_key_is_refused,
    each_caller_has_batches_of_its_own,
    a_caller_without_the_permission_gets_no_stored_answer,
    a_batch_that_many_send_is_carried_out_once,
    a_long_answer_is_read_again,
    a_key_is_free_after_its_time,
    a_retention_of_zero_turns_the_extension_off,
);

/// A batch of a caller with a key.
fn batch(caller: &str, key: &str, operations: &serde_json::Value) -> Request {
    let body = json!({ "operations": operations }).to_string();
    request("POST", "/gm/_batch", caller, key).json(&body)
}

fn creates(titles: &[&str]) -> serde_json::Value {
    let create =
        |title: &&str| json!({"resource": "notes", "operation": "create", "values": {"title": title}});
    titles.iter().map(create).collect()
}

fn delete(id: i64) -> serde_json::Value {
    json!({"resource": "notes", "operation": "delete", "id": id})
}

async fn a_batch_is_carried_out_once(storage: &Storage) {
    let service = storage.serve().await;
    let (status, body) = twice(&service, &batch("ada", "k", &creates(&["a", "b"]))).await;
    assert_eq!(
        (status, &body["results"][1]["items"][0]["title"]),
        (200, &"b".into())
    );
    // The key of a single write is another one.
    twice(&service, &crate::create("c", "k")).await;
    twice(&service, &batch("ada", "l", &creates(&["a"]))).await;
    assert_eq!(titles(&service).await, ["a", "b", "c", "a"]);
    let announced = send(&service, &batch("ada", "k", &creates(&["a", "b"]))).await;
    assert_eq!(
        announced.header("x-general-manager-features"),
        Some("idempotency, batch")
    );
    service.stop().await.unwrap();
}

async fn a_refused_batch_is_refused_again(storage: &Storage) {
    let service = storage.serve().await;
    let note = NoteCreate { title: "a".into() };
    Note::create(note).place(1).exec(&service.gm).await.unwrap();
    let taken = json!([
        {"resource": "notes", "operation": "create", "values": {"title": "b"}},
        {"resource": "notes", "operation": "create", "values": {"title": "c", "place": 1}},
    ]);
    let stale = json!([{
        "resource": "notes", "operation": "update", "id": 1, "values": {"title": "b"}, "if_match": "\"9\"",
    }]);
    let wrong = json!([{"resource": "notes", "operation": "create", "values": {"title": 7}}]);
    for (key, status, operations) in [
        ("1", 409, taken.clone()),
        ("2", 412, stale),
        ("3", 404, json!([delete(99)])),
        ("4", 400, wrong),
    ] {
        let (refused, body) = twice(&service, &batch("ada", key, &operations)).await;
        assert_eq!(refused, status, "{body}");
        assert!(body["details"]["operation"].is_u64(), "{body}");
    }
    // What would be done now is not done: the first answer stands.
    Note::by_id(1).delete(&service.gm).await.unwrap();
    let again = send(&service, &batch("ada", "1", &taken)).await;
    assert_eq!((again.status, is_replayed(&again)), (409, true));
    assert!(titles(&service).await.is_empty());
    service.stop().await.unwrap();
}

async fn a_batch_that_could_not_be_carried_out_again_is_replayed(storage: &Storage) {
    let service = storage.serve().await;
    let note = NoteCreate { title: "a".into() };
    Note::create(note).exec(&service.gm).await.unwrap();
    let operations = json!([
        {"resource": "notes", "operation": "create", "values": {"title": "b", "place": 1}},
        {"resource": "notes", "operation": "update", "id": 1, "values": {"title": "c"}, "if_match": "\"1\""},
        delete(1),
    ]);
    assert_eq!(twice(&service, &batch("ada", "k", &operations)).await.0, 200);
    assert_eq!(titles(&service).await, ["b"]);
    service.stop().await.unwrap();
}

async fn another_batch_under_the_key_is_refused(storage: &Storage) {
    let service = storage.serve().await;
    twice(&service, &batch("ada", "k", &creates(&["a"]))).await;
    for other in [creates(&["b"]), json!([delete(1)]), json!([delete(99)])] {
        let refused = send(&service, &batch("ada", "k", &other)).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert_eq!(refused.json()["error_code"], "idempotency_mismatch");
        assert!(!is_replayed(&refused));
    }
    assert_eq!(titles(&service).await, ["a"]);
    service.stop().await.unwrap();
}

async fn each_caller_has_batches_of_its_own(storage: &Storage) {
    let service = storage.serve().await;
    twice(&service, &batch("ada", "k", &creates(&["a"]))).await;
    twice(&service, &batch("tim", "k", &creates(&["a"]))).await;
    assert_eq!(titles(&service).await, ["a", "a"]);
    service.stop().await.unwrap();
}

async fn a_caller_without_the_permission_gets_no_stored_answer(storage: &Storage) {
    let service = storage.serve().await;
    let anonymous = batch("ada", "k", &creates(&["a"]));
    let headers = anonymous
        .headers
        .iter()
        .filter(|(name, _)| name != "Authorization");
    let anonymous = Request {
        headers: headers.cloned().collect(),
        ..anonymous
    };
    for _ in 0..2 {
        let refused = send(&service, &anonymous).await;
        assert_eq!(
            (refused.status, is_replayed(&refused)),
            (403, false),
            "{refused:?}"
        );
    }
    service.stop().await.unwrap();
}

async fn a_batch_that_many_send_is_carried_out_once(storage: &Storage) {
    let service = storage.serve().await;
    for round in 0..5 {
        let request = batch("ada", &format!("k{round}"), &creates(&["a", "b"]));
        let answers = join_all((0..8).map(|_| send(&service, &request))).await;
        let done: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(done.iter().filter(|answer| !is_replayed(answer)).count(), 1);
        for answer in &answers {
            match answer.status {
                200 => assert_eq!(answer.json()["results"], done[0].json()["results"]),
                // On Postgres, while another attempt is carried out.
                409 => assert_eq!(answer.json()["error_code"], "in_progress"),
                _ => panic!("{answer:?}"),
            }
        }
    }
    assert_eq!(titles(&service).await.len(), 10);
    service.stop().await.unwrap();
}

async fn a_long_answer_is_read_again(storage: &Storage) {
    let service = storage.serve().await;
    let long = "long ".repeat(10_000);
    let mut operations = creates(&[&long, &long]);
    let list = operations.as_array_mut().unwrap();
    list.push(delete(2));
    let request = batch("ada", "k", &operations);
    let first = send(&service, &request).await;
    assert_eq!(first.status, 200, "{first:?}");
    let second = send(&service, &request).await;
    assert_eq!((second.status, is_replayed(&second)), (200, true));
    let (first, second) = (first.json(), second.json());
    assert_eq!(second["results"][0]["items"], first["results"][0]["items"]);
    // The rows that are gone are left out.
    assert_eq!(second["results"][1]["items"], json!([]));
    assert_eq!(second["results"][2]["items"], json!([]));
    assert_eq!(titles(&service).await.len(), 1);
    service.stop().await.unwrap();
}

async fn a_key_is_free_after_its_time(storage: &Storage) {
    let builder = storage.builder().idempotency_retention(Duration::from_millis(1));
    let service = Running::start(builder).await.unwrap();
    let request = batch("ada", "k", &creates(&["a"]));
    let first = send(&service, &request).await.json()["results"].clone();
    loop {
        let again = send(&service, &request).await;
        assert_eq!(again.status, 200, "{again:?}");
        let results = again.json()["results"].clone();
        assert_eq!(is_replayed(&again), results == first);
        if results != first {
            break;
        }
    }
    service.stop().await.unwrap();
}

async fn a_retention_of_zero_turns_the_extension_off(storage: &Storage) {
    let builder = storage.builder().idempotency_retention(Duration::ZERO);
    let service = Running::start(builder).await.unwrap();
    let refused = send(&service, &batch("ada", "k", &creates(&["a"]))).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.header("x-general-manager-features"), Some("batch"));
    assert!(titles(&service).await.is_empty());
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_batch_whose_answer_is_lost_is_sent_again() {
    let (owner, proxy) = lossy_owner(3).await;
    let gm = consumer_of(proxy.url()).retries(100).build().await.unwrap();
    for number in 0..20 {
        let mut batch = gm.batch();
        let first = batch.add(RemoteNote::create(note(&format!("{number}"))));
        batch.add(RemoteNote::create(note(&format!("{number}!"))));
        let results = batch.send().await.unwrap();
        assert_eq!(results.row(first).unwrap().title, format!("{number}"));
    }
    let expected: Vec<_> = (0..20)
        .flat_map(|number| [format!("{number}"), format!("{number}!")])
        .collect();
    assert_eq!(titles(&owner).await, expected);
    let (_, answers) = proxy.lost();
    assert!(answers > 3, "{answers} answers were lost");
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn a_key_of_the_application_stands_for_one_batch() {
    let owner = Storage::Memory.serve().await;
    let gm = consumer_of(format!("http://{}", owner.address))
        .build()
        .await
        .unwrap();
    let send = async |title: &str, key: &str| {
        let mut batch = gm.batch();
        let row = batch.add(RemoteNote::create(note(title)));
        batch.idempotency_key(key);
        batch.send().await.map(|results| results.row(row).unwrap())
    };
    let first = send("a", "import 7").await.unwrap();
    assert_eq!(send("a", "import 7").await.unwrap(), first);
    let other = send("b", "import 7").await.unwrap_err();
    assert_eq!(other.error().remote().unwrap().status(), 422, "{other}");
    let empty = send("a", "").await.unwrap_err();
    assert!(empty.error().is_invalid(), "{empty}");
    assert_eq!(titles(&owner).await, ["a"]);

    // A transaction of this service has no answer that could be lost.
    let mut local = owner.gm.batch();
    local.add(Note::create(NoteCreate { title: "c".into() }));
    local.idempotency_key("k");
    let refused = local.send().await.unwrap_err();
    assert!(
        matches!(
            refused.error(),
            Error::Unsupported {
                extension: Extension::Idempotency,
                ..
            }
        ),
        "{refused}"
    );
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn a_batch_on_two_replicas_of_postgres_is_carried_out_once() {
    let storage = Storage::Database(Box::new(gm_tests::database::TestDatabase::postgres().await));
    let replicas: [Running; 2] = [storage.serve().await, storage.serve().await];
    for round in 0..10 {
        let request = batch("ada", &format!("k{round}"), &creates(&["a", "b"]));
        let answers = join_all((0..6).map(|number| send(&replicas[number % 2], &request))).await;
        let done: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(done.iter().filter(|answer| !is_replayed(answer)).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(
                (answer.status, &answer.json()["error_code"]),
                (409, &"in_progress".into())
            );
        }
    }
    assert_eq!(Note::query().count(&replicas[0].gm).await.unwrap(), 20);
    for replica in replicas {
        replica.stop().await.unwrap();
    }
}

#[tokio::test]
async fn answers_that_have_ended_are_removed_by_batches_and_refusals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let builder = gm_runtime::Gm::builder()
        .database(format!("sqlite://{}", path.display()))
        .expose::<Note>()
        .accept_bearer_token("of-ada", "ada");
    let service = Running::start(builder).await.unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    for (name, operations, status) in [
        ("batch", creates(&["a"]), 200),
        ("refusal", json!([delete(99_999)]), 404),
    ] {
        for number in 0..100 {
            let request = batch("ada", &format!("{name} {number}"), &operations);
            assert_eq!(send(&service, &request).await.status, status);
        }
        let day = 24 * 60 * 60 * 1000;
        let aged = other.execute("UPDATE gm_idempotency SET created = created - ?1", [day + 1]);
        assert_eq!(aged.unwrap(), 100, "{name}: those of before are removed");
    }
    service.stop().await.unwrap();
}
