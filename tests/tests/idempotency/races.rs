//! The same key at the same time, from many callers and on several replicas.

use futures_util::future::join_all;
use gm_tests::conformance::Running;
use gm_tests::database::TestDatabase;

use crate::{Note, Storage, create, is_replayed, on_each_storage, send, titles};

const TASKS: usize = 32;

on_each_storage!(
    a_key_that_many_send_is_carried_out_once,
    many_keys_at_once_are_each_carried_out_once,
    known_keys_of_unique_values_are_replayed_among_new_ones
);

async fn a_key_that_many_send_is_carried_out_once(storage: &Storage) {
    let service = storage.serve().await;
    let request = create("a", "k");
    let answers = join_all((0..TASKS).map(|_| send(&service, &request))).await;
    let id = answers[0].json()["items"].clone();
    for answer in &answers {
        assert_eq!((answer.status, &answer.json()["items"]), (201, &id));
    }
    assert_eq!(answers.iter().filter(|answer| !is_replayed(answer)).count(), 1);
    assert_eq!(titles(&service).await, ["a"]);
    service.stop().await.unwrap();
}

async fn many_keys_at_once_are_each_carried_out_once(storage: &Storage) {
    let service = storage.serve().await;
    // New keys, repeated keys, and refused requests share transactions.
    let requests: Vec<_> = (0..4 * TASKS)
        .map(|number| match number % 4 {
            0 | 1 => create(&format!("twice {}", number / 4), &format!("twice {}", number / 4)),
            2 => create(&format!("once {number}"), &format!("once {number}")),
            _ => crate::request("PATCH", "/gm/notes/999", "ada", &format!("refused {number}"))
                .json(r#"{"title": "b"}"#),
        })
        .collect();
    for _ in 0..2 {
        for answer in join_all(requests.iter().map(|request| send(&service, request))).await {
            assert!(matches!(answer.status, 201 | 404), "{answer:?}");
        }
    }
    let mut found = titles(&service).await;
    found.sort();
    let twice = (0..TASKS).map(|number| format!("twice {number}"));
    let once = (0..TASKS).map(|number| format!("once {}", number * 4 + 2));
    let mut expected: Vec<_> = twice.chain(once).collect();
    expected.sort();
    assert_eq!(found, expected);
    service.stop().await.unwrap();
}

/// The create of a known key fails for the value of its own row, and shares transactions with others.
async fn known_keys_of_unique_values_are_replayed_among_new_ones(storage: &Storage) {
    let service = storage.serve().await;
    let create = |place: usize| {
        let body = format!(r#"{{"title": "{place}", "place": {place}}}"#);
        crate::request("POST", "/gm/notes", "ada", &format!("k{place}")).json(&body)
    };
    let requests: Vec<_> = (0..2 * TASKS).map(create).collect();
    let known = join_all(requests.iter().step_by(2).map(|request| send(&service, request))).await;
    let answers = join_all(requests.iter().map(|request| send(&service, request))).await;
    for (place, answer) in answers.iter().enumerate() {
        assert_eq!(
            (answer.status, is_replayed(answer)),
            (201, place % 2 == 0),
            "{place}: {answer:?}"
        );
    }
    for (first, replay) in known.iter().zip(answers.iter().step_by(2)) {
        assert_eq!(first.json()["items"], replay.json()["items"]);
    }
    assert_eq!(titles(&service).await.len(), 2 * TASKS);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_key_on_two_replicas_of_postgres_is_carried_out_once() {
    let storage = Storage::Database(Box::new(TestDatabase::postgres().await));
    let replicas: [Running; 2] = [storage.serve().await, storage.serve().await];
    for round in 0..20 {
        let request = create(&format!("{round}"), &format!("k{round}"));
        let sent = (0..8).map(|number| send(&replicas[number % 2], &request));
        let answers = join_all(sent).await;
        let done: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(!done.is_empty());
        for answer in &answers {
            if answer.status == 201 {
                assert_eq!(answer.json()["items"], done[0].json()["items"]);
                continue;
            }
            assert_eq!(answer.status, 409);
            assert_eq!(answer.json()["error_code"], "in_progress");
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
        assert_eq!(done.iter().filter(|answer| !is_replayed(answer)).count(), 1);
    }
    assert_eq!(Note::query().count(&replicas[0].gm).await.unwrap(), 20);
    for replica in replicas {
        replica.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_key_that_another_transaction_of_postgres_stores_is_in_progress() {
    let database = gm_tests::postgres::Database::create().await;
    let builder = gm_runtime::Gm::builder()
        .database(database.url())
        .expose::<Note>()
        .accept_bearer_token("of-ada", "ada");
    let service = Running::start(builder).await.unwrap();
    let first = send(&service, &create("a", "k")).await;
    assert_eq!(first.status, 201);
    let other = database.connect().await;
    // As another replica that is about to store the answer of the same request.
    let delete = "CREATE TEMP TABLE kept AS SELECT * FROM gm_idempotency; DELETE FROM gm_idempotency";
    other.batch_execute(delete).await.unwrap();
    let store = "BEGIN; INSERT INTO gm_idempotency SELECT * FROM kept";
    other.batch_execute(store).await.unwrap();
    let (request, free) = (create("a", "k"), create("b", "l"));
    let (blocked, other_key) = tokio::join!(send(&service, &request), send(&service, &free));
    assert_eq!((blocked.status, other_key.status), (409, 201), "{blocked:?}");
    assert_eq!(blocked.json()["error_code"], "in_progress");
    assert_eq!(blocked.header("retry-after"), Some("1"));
    other.batch_execute("COMMIT").await.unwrap();
    let replayed = send(&service, &request).await;
    assert!(is_replayed(&replayed));
    assert_eq!(replayed.json()["items"], first.json()["items"]);
    assert_eq!(titles(&service).await, ["a", "b"]);
    service.stop().await.unwrap();
}
