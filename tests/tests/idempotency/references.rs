//! Writes that take several steps of the storage, since rows refer to others.

use futures_util::future::join_all;
use gm_runtime::GeneralManager;
use gm_tests::conformance::Running;

use crate::{Note, NoteCreate, Storage, is_replayed, on_each_storage, request, send, titles, twice};

/// A label of a note.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "labels")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(resource = "labels", allow_filter, allow_create, allow_update, allow_delete)]
struct Label {
    #[field(id)]
    id: i64,
    #[field(references = Note, on_delete = cascade)]
    note_id: i64,
}

/// A picture of a note, which may not be deleted with it.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "pictures")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(resource = "pictures", allow_create)]
struct Picture {
    #[field(id)]
    id: i64,
    #[field(references = Note)]
    note_id: i64,
}

on_each_storage!(
    a_create_that_refers_to_a_row_is_carried_out_once,
    a_delete_with_what_refers_to_the_row_is_carried_out_once,
    a_delete_that_many_send_is_carried_out_once,
);

async fn serve(storage: &Storage) -> Running {
    let builder = match storage {
        Storage::Memory => storage.builder().in_memory::<Label>().in_memory::<Picture>(),
        Storage::Database(_) => storage.builder(),
    };
    let builder = builder.expose::<Label>().expose::<Picture>();
    Running::start(builder).await.unwrap()
}

async fn note(service: &Running) -> i64 {
    let note = NoteCreate { title: "a".into() };
    Note::create(note).exec(&service.gm).await.unwrap().id
}

async fn label(service: &Running, note_id: i64) {
    Label::create(LabelCreate { note_id })
        .exec(&service.gm)
        .await
        .unwrap();
}

async fn a_create_that_refers_to_a_row_is_carried_out_once(storage: &Storage) {
    let service = serve(storage).await;
    let id = note(&service).await;
    let create = |key: &str, note: i64| {
        let body = format!(r#"{{"note_id": {note}}}"#);
        request("POST", "/gm/labels", "ada", key).json(&body)
    };
    assert_eq!(twice(&service, &create("k", id)).await.0, 201);
    assert_eq!(twice(&service, &create("l", 99)).await.0, 409);
    let other = send(&service, &create("k", 99)).await;
    assert_eq!(other.status, 422);
    // The note is gone, and its label with it. The answer stands.
    Note::by_id(id).delete(&service.gm).await.unwrap();
    let again = send(&service, &create("k", id)).await;
    assert_eq!((again.status, is_replayed(&again)), (201, true));
    assert_eq!(Label::query().count(&service.gm).await.unwrap(), 0);
    service.stop().await.unwrap();
}

async fn a_delete_with_what_refers_to_the_row_is_carried_out_once(storage: &Storage) {
    let service = serve(storage).await;
    let id = note(&service).await;
    label(&service, id).await;
    let delete = request("DELETE", &format!("/gm/notes/{id}"), "ada", "k");
    assert_eq!(twice(&service, &delete).await.0, 200);
    assert_eq!(Label::query().count(&service.gm).await.unwrap(), 0);
    let missing = request("DELETE", &format!("/gm/notes/{id}"), "ada", "l");
    assert_eq!(twice(&service, &missing).await.0, 404);

    let id = note(&service).await;
    label(&service, id).await;
    Picture::create(PictureCreate { note_id: id })
        .exec(&service.gm)
        .await
        .unwrap();
    let restricted = request("DELETE", &format!("/gm/notes/{id}"), "ada", "m");
    assert_eq!(twice(&service, &restricted).await.0, 409);
    assert_eq!(Label::query().count(&service.gm).await.unwrap(), 1);
    service.stop().await.unwrap();
}

async fn a_delete_that_many_send_is_carried_out_once(storage: &Storage) {
    let service = serve(storage).await;
    let id = note(&service).await;
    label(&service, id).await;
    let delete = request("DELETE", &format!("/gm/notes/{id}"), "ada", "k");
    let answers = join_all((0..8).map(|_| send(&service, &delete))).await;
    let done = answers.iter().filter(|answer| answer.status == 200);
    assert_eq!(done.filter(|answer| !is_replayed(answer)).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.json()["error_code"], "in_progress", "{answer:?}");
    }
    assert!(titles(&service).await.is_empty());
    service.stop().await.unwrap();
}
