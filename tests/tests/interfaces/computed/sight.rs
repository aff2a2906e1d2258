//! Who may read a computed field.

use futures_util::{FutureExt as _, TryStreamExt as _};
use gm_runtime::access::Principal;
use gm_runtime::change::Event;
use gm_runtime::{GeneralManager, Gm, GmBuilder, computed};
use gm_tests::database::TestDatabase;
use serde_json::{Value as Json, json};

use super::{AGENT, Ticket, TicketCreate, send, serve};
use crate::storage::Shelf;

/// The fields that a caller reads without the group `agents`.
fn readable(id: i64) -> Json {
    json!({"id": id, "title": "Printer", "votes": 0, "heading": "PRINTER", "has_cost": true})
}

#[tokio::test]
async fn a_field_without_a_rule_needs_every_stored_field() {
    let postgres = TestDatabase::postgres().await;
    for builder in [
        Gm::builder().in_memory::<Ticket>(),
        Gm::builder().database("sqlite::memory:"),
        Gm::builder().database(postgres.url()),
    ] {
        let service = serve(builder.expose::<Ticket>()).await;
        let body = json!({"title": "Printer", "cost": 7});
        let (status, created) = send(&service, None, "POST", "/gm/tickets", &body).await;
        let id = created["items"][0]["id"].as_i64().unwrap();
        assert_eq!((status, &created["items"]), (201, &json!([readable(id)])));
        let path = format!("/gm/tickets/{id}");
        // Answers for both callers in turn, since none may be that of the other one.
        for _ in 0..2 {
            let (_, row) = send(&service, None, "GET", &path, &Json::Null).await;
            assert_eq!(row["items"], json!([readable(id)]));
            let (_, row) = send(&service, Some(AGENT), "GET", &path, &Json::Null).await;
            assert_eq!(row["items"][0]["is_popular"], json!(false));
            let (_, listed) = send(&service, None, "POST", "/gm/tickets/query", &Json::Null).await;
            assert_eq!(listed["items"], json!([readable(id)]));
        }
        // A field that the caller may not read answers as if it were not there, and no other one.
        let unknown = send(&service, None, "PATCH", &path, &json!({"unknown": true})).await;
        let hidden = send(&service, None, "PATCH", &path, &json!({"is_popular": true})).await;
        assert_eq!(unknown.0, hidden.0);
        assert_eq!(unknown.1["details"]["message"], hidden.1["details"]["message"]);
        let shown = send(
            &service,
            Some(AGENT),
            "PATCH",
            &path,
            &json!({"is_popular": true}),
        )
        .await;
        assert_ne!(shown.1["details"]["message"], hidden.1["details"]["message"]);
        service.stop().await.unwrap();
    }
}

/// A method that shows a part of a hidden field makes each change of it an event.
#[tokio::test]
async fn a_change_of_a_hidden_field_is_an_event_for_the_readers_of_a_computed_one() {
    for builder in [
        Gm::builder().in_memory::<Ticket>(),
        Gm::builder().database("sqlite::memory:"),
    ] {
        let gm = builder.expose::<Ticket>().build().await.unwrap();
        let created = TicketCreate {
            title: "Printer".into(),
        };
        let created = Ticket::create(created).exec(&gm).await.unwrap();
        let mut changes = Ticket::changes(&gm.acting_as(Principal::anonymous()));
        assert!(changes.try_next().now_or_never().is_none());
        created.update().cost(7).exec(&gm).await.unwrap();
        let event = changes.try_next().now_or_never();
        assert_eq!(event.unwrap().unwrap(), Some(Event::Update(created.id)));
    }
}

/// A manager whose computed fields all need every stored one.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
#[permission(read = owner == caller.name)]
#[remote_api(resource = "notes", allow_filter, allow_detail, websocket_invalidation)]
struct Note {
    #[field(id)]
    id: i64,
    owner: String,
    #[field(read = group("agents"))]
    secret: Option<String>,
}

#[computed]
impl Note {
    fn has_secret(&self) -> bool {
        self.secret.is_some()
    }
}

async fn no_event_without_a_readable_field(builder: GmBuilder) {
    let gm = builder.expose::<Note>().build().await.unwrap();
    let note = Note::create(NoteCreate { owner: "ada".into() })
        .exec(&gm)
        .await
        .unwrap();
    let mut changes = Note::changes(&gm.acting_as(Principal::named("ada")));
    let mut of_agent = Note::changes(&gm.acting_as(Principal::named("ada").with_group("agents")));
    assert!(changes.try_next().now_or_never().is_none());
    assert!(of_agent.try_next().now_or_never().is_none());
    note.update().secret("s".to_owned()).exec(&gm).await.unwrap();
    assert!(changes.try_next().now_or_never().is_none());
    assert_eq!(
        of_agent.try_next().now_or_never().unwrap().unwrap(),
        Some(Event::Update(note.id))
    );
}

#[tokio::test]
async fn a_change_of_hidden_fields_alone_is_no_event_where_no_computed_field_is_read() {
    no_event_without_a_readable_field(Gm::builder().in_memory::<Note>()).await;
    no_event_without_a_readable_field(Gm::builder().database("sqlite::memory:")).await;
    no_event_without_a_readable_field(Gm::builder().interface::<Note>(Shelf::default())).await;
}
