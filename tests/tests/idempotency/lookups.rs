//! A gateway looks a key up by a write that expects the version which no row has. The owner stores nothing for it.

use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;

use crate::{Note, NoteCreate, Storage, is_replayed, on_each_storage, request, send, titles};

on_each_storage!(
    a_lookup_of_a_key_leaves_no_trace,
    a_lookup_of_a_key_finds_its_answer,
    a_refusal_by_a_gateway_leaves_no_answer_at_the_owner,
);

/// The version that no row has.
const NO_VERSION: &str = "\"-9223372036854775808\"";

fn update(id: i64, key: &str) -> Request {
    request("PATCH", &format!("/gm/notes/{id}"), "ada", key).json(r#"{"title": "b"}"#)
}

fn lookup(request: &Request) -> Request {
    request.clone().header("If-Match", NO_VERSION)
}

async fn note(service: &Running, title: &str) {
    let note = NoteCreate { title: title.into() };
    Note::create(note).exec(&service.gm).await.unwrap();
}

async fn a_lookup_of_a_key_leaves_no_trace(storage: &Storage) {
    let service = storage.serve().await;
    note(&service, "a").await;
    let wrong = request("PATCH", "/gm/notes/1", "ada", "wrong").json(r#"{"title": 7}"#);
    let delete = request("DELETE", "/gm/notes/1", "ada", "delete");
    for request in [&update(1, "k"), &update(2, "missing"), &wrong, &delete] {
        for _ in 0..2 {
            // The answer tells nothing of the row.
            let unknown = send(&service, &lookup(request)).await;
            assert_eq!((unknown.status, is_replayed(&unknown)), (412, false));
        }
    }
    assert_eq!(titles(&service).await, ["a"]);
    for (status, request) in [
        (200, &update(1, "k")),
        (404, &update(2, "missing")),
        (400, &wrong),
    ] {
        let answer = send(&service, request).await;
        assert_eq!((answer.status, is_replayed(&answer)), (status, false));
    }
    service.stop().await.unwrap();
}

async fn a_lookup_of_a_key_finds_its_answer(storage: &Storage) {
    let service = storage.serve().await;
    note(&service, "a").await;
    let first = send(&service, &update(1, "k")).await;
    assert_eq!(first.status, 200);
    let delete = request("DELETE", "/gm/notes/1", "ada", "delete");
    assert_eq!(send(&service, &delete).await.status, 200);
    let found = send(&service, &lookup(&update(1, "k"))).await;
    assert_eq!((found.status, &found.body), (200, &first.body));
    assert!(is_replayed(&found));
    let found = send(&service, &lookup(&delete)).await;
    assert_eq!((found.status, is_replayed(&found)), (200, true));
    let other = request("PATCH", "/gm/notes/1", "ada", "k").json(r#"{"title": "c"}"#);
    assert_eq!(send(&service, &lookup(&other)).await.status, 422);
    // A key is the caller's own, and a caller without the permission is refused first.
    let of_tim = request("PATCH", "/gm/notes/1", "tim", "k").json(r#"{"title": "b"}"#);
    assert_eq!(send(&service, &lookup(&of_tim)).await.status, 412);
    let anonymous = Request::new("PATCH", "/gm/notes/1")
        .header("Idempotency-Key", "k")
        .json(r#"{"title": "b"}"#);
    assert_eq!(send(&service, &lookup(&anonymous)).await.status, 403);
    service.stop().await.unwrap();
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "notes")]
#[permission(read = title != "hidden", update = public)]
#[remote_api(resource = "notes", allow_filter, allow_update)]
struct SeenNote {
    #[field(id)]
    id: i64,
    title: String,
    #[field(version)]
    version: i64,
}

async fn a_refusal_by_a_gateway_leaves_no_answer_at_the_owner(storage: &Storage) {
    let owner = storage.serve().await;
    note(&owner, "hidden").await;
    let gateway = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", owner.address))
        .bearer_token("of-ada")
        .accept_bearer_token("of-ada", "ada")
        .expose::<SeenNote>();
    let gateway = Running::start(gateway).await.unwrap();
    for (id, key) in [(1, "of a hidden row"), (2, "of a missing row")] {
        assert_eq!(send(&gateway, &update(id, key)).await.status, 404);
    }
    let shown = Note::by_id(1).update().title("a").exec(&owner.gm).await;
    shown.unwrap();
    note(&owner, "a").await;
    for (id, key) in [(1, "of a hidden row"), (2, "of a missing row")] {
        let updated = send(&gateway, &update(id, key)).await;
        assert_eq!(
            (updated.status, is_replayed(&updated)),
            (200, false),
            "{updated:?}"
        );
    }
    assert_eq!(titles(&owner).await, ["b", "b"]);
    gateway.stop().await.unwrap();
    owner.stop().await.unwrap();
}
