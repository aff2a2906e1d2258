//! The changes that a caller receives: those of the rows in its sight, on each storage.

use futures_util::{FutureExt as _, TryStreamExt as _};
use gm_runtime::access::Principal;
use gm_runtime::change::Event;
use gm_runtime::{GeneralManager, Gm, GmBuilder};

use super::storage::Shelf;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
#[permission(read = owner == caller.name)]
#[remote_api(resource = "notes", allow_filter, websocket_invalidation)]
struct Note {
    #[field(id)]
    id: i64,
    owner: String,
    text: String,
}

async fn check(builder: GmBuilder) {
    let gm = builder.expose::<Note>().build().await.unwrap();
    let mut changes = Note::changes(&gm.acting_as(Principal::named("ada")));
    let create = |owner: &str| {
        let note = NoteCreate {
            owner: owner.to_owned(),
            text: "old".to_owned(),
        };
        Note::create(note).exec(&gm)
    };
    let mut received = || match changes.try_next().now_or_never() {
        Some(event) => event.unwrap(),
        None => None,
    };
    let hidden = create("bob").await.unwrap();
    assert_eq!(received(), None);
    let seen = create("ada").await.unwrap();
    assert_eq!(received(), Some(Event::Create(seen.id)));
    let rename = |note: &Note| note.update().text("new").exec(&gm);
    rename(&seen).await.unwrap();
    assert_eq!(received(), Some(Event::Update(seen.id)));
    rename(&seen).await.unwrap();
    assert_eq!(received(), None);
    rename(&hidden).await.unwrap();
    assert_eq!(received(), None);
    let give = |note: &Note, owner: &str| note.update().owner(owner).exec(&gm);
    give(&hidden, "ada").await.unwrap();
    assert_eq!(received(), Some(Event::Create(hidden.id)));
    give(&seen, "bob").await.unwrap();
    assert_eq!(received(), Some(Event::Delete(seen.id)));
    seen.delete(&gm).await.unwrap();
    assert_eq!(received(), None);
    hidden.delete(&gm).await.unwrap();
    assert_eq!(received(), Some(Event::Delete(hidden.id)));
}

#[tokio::test]
async fn a_caller_receives_the_changes_of_the_rows_in_its_sight() {
    check(Gm::builder().in_memory::<Note>()).await;
    check(Gm::builder().database("sqlite::memory:")).await;
    check(Gm::builder().interface::<Note>(Shelf::default())).await;
}
