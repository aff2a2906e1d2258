//! The events of callers that may read a part of the rows: judged with the values that the notifications have.

use gm_runtime::access::Principal;
use gm_runtime::change::{Action, Change};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::postgres::Database;

use super::{Subscriber, as_caller, change, replica};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
#[permission(read = owner == caller.name | level > 5)]
#[remote_api(resource = "notes", allow_filter, websocket_invalidation)]
struct Note {
    #[field(id)]
    id: i64,
    owner: String,
    level: i16,
    text: String,
}

/// A later version, in which the rule reads another column.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
#[permission(read = owner == caller.name & text == "open")]
struct LaterNote {
    #[field(id)]
    id: i64,
    owner: String,
    level: i16,
    text: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "salaries")]
#[permission(read = authenticated)]
struct Salary {
    #[field(id)]
    id: i64,
    name: String,
    #[field(read = admin)]
    amount: i64,
}

fn note(owner: &str, level: i16) -> NoteCreate {
    NoteCreate {
        owner: owner.to_owned(),
        level,
        text: "a".to_owned(),
    }
}

/// The changes that a caller received until a row of its own was created.
async fn received(subscriber: &mut Subscriber, gm: &Gm, owner: &str) -> Vec<Change> {
    let mark = Note::create(note(owner, 0)).exec(gm).await.unwrap();
    subscriber
        .until(|last| *last == change(Action::Create, mark.id))
        .await
}

#[tokio::test]
async fn callers_receive_the_changes_of_their_rows_from_any_replica() {
    let database = Database::create().await;
    let writer = replica(&database).expose::<Note>().build().await.unwrap();
    let gm = replica(&database).expose::<Note>().build().await.unwrap();
    let mut ada = Subscriber::of::<Note>(&as_caller(&gm, "ada"));
    let hidden = Note::create(note("bob", 1)).exec(&writer).await.unwrap();
    let seen = Note::create(note("ada", 1)).exec(&writer).await.unwrap();
    let high = Note::create(note("bob", 6)).exec(&writer).await.unwrap();
    hidden.update().text("b").exec(&writer).await.unwrap();
    seen.update().text("b").exec(&writer).await.unwrap();
    // It leaves, and enters again.
    let high = high.update().level(5).exec(&writer).await.unwrap();
    let high = high.update().owner("ada").exec(&writer).await.unwrap();
    let seen = seen.update().owner("eve").exec(&writer).await.unwrap();
    seen.delete(&writer).await.unwrap();
    hidden.delete(&writer).await.unwrap();
    high.delete(&writer).await.unwrap();
    let expected = [
        (Action::Create, seen.id),
        (Action::Create, high.id),
        (Action::Update, seen.id),
        (Action::Delete, high.id),
        (Action::Create, high.id),
        (Action::Delete, seen.id),
        (Action::Delete, high.id),
    ];
    assert_eq!(
        received(&mut ada, &writer, "ada").await,
        expected.map(|(action, id)| change(action, id))
    );
}

/// A change whose values do not fit is a refresh, and names no row to a caller who may not read it.
#[tokio::test]
async fn a_change_without_its_values_is_a_refresh_for_callers() {
    let database = Database::create().await;
    let gm = replica(&database).expose::<Note>().build().await.unwrap();
    let (mut ada, mut all) = (
        Subscriber::of::<Note>(&as_caller(&gm, "ada")),
        Subscriber::of::<Note>(&gm),
    );
    for length in [7_000, 8_000, 100_000] {
        let hidden = Note::create(note(&"x".repeat(length), 1))
            .exec(&gm)
            .await
            .unwrap();
        let expected = match length {
            7_000 => vec![],
            _ => vec![Change::refresh()],
        };
        assert_eq!(received(&mut ada, &gm, "ada").await, expected, "{length}");
        all.until(|last| *last == change(Action::Create, hidden.id)).await;
    }
}

/// The notifications of an older version have not the column, so they are a refresh. The other way round they have it.
#[tokio::test]
async fn replicas_with_other_rules_leak_nothing_and_lose_nothing() {
    let database = Database::create().await;
    let old = replica(&database).manager::<Note>().build().await.unwrap();
    let new = replica(&database).manager::<LaterNote>().build().await.unwrap();
    let mut by_new = Subscriber::of::<LaterNote>(&as_caller(&new, "ada"));
    let mut by_old = Subscriber::of::<Note>(&as_caller(&old, "ada"));
    Note::create(note("bob", 1)).exec(&old).await.unwrap();
    assert_eq!(by_new.next().await, Change::refresh());
    // Both replicas have one manager of the table each. With both managers, each has the columns of both.
    let both = replica(&database)
        .manager::<Note>()
        .manager::<LaterNote>()
        .build()
        .await
        .unwrap();
    Note::create(note("bob", 1)).exec(&both).await.unwrap();
    let mut open = note("ada", 1);
    open.text = "open".to_owned();
    let seen = Note::create(open).exec(&both).await.unwrap();
    assert_eq!(by_new.next().await, change(Action::Create, seen.id));
    assert_eq!(by_old.next().await, change(Action::Create, seen.id));
}

#[tokio::test]
async fn a_change_of_hidden_fields_is_not_received() {
    let database = Database::create().await;
    database
        .execute(
            "CREATE TABLE salaries (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text COLLATE \"C\" NOT NULL,
                 amount bigint NOT NULL)",
        )
        .await;
    let gm = replica(&database).manager::<Salary>().build().await.unwrap();
    let admin = gm.acting_as(Principal::named("root").as_admin());
    let mut ada = Subscriber::of::<Salary>(&as_caller(&gm, "ada"));
    let mut root = Subscriber::of::<Salary>(&admin);
    let create = SalaryCreate {
        name: "ada".to_owned(),
        amount: 5,
    };
    let row = Salary::create(create).exec(&gm).await.unwrap();
    row.update().amount(6).exec(&gm).await.unwrap();
    row.update().amount(7).name("eve").exec(&gm).await.unwrap();
    row.delete(&gm).await.unwrap();
    let expected = [Action::Create, Action::Update, Action::Delete].map(|action| change(action, row.id));
    for expected in expected {
        assert_eq!(ada.next().await, expected);
    }
    for action in [Action::Create, Action::Update, Action::Update, Action::Delete] {
        assert_eq!(root.next().await, change(action, row.id));
    }
    // What a trigger changes counts too.
    database
        .execute(
            "CREATE FUNCTION rename() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.amount::text; RETURN NEW; END $$;
             CREATE TRIGGER rename BEFORE UPDATE ON salaries FOR EACH ROW EXECUTE FUNCTION rename()",
        )
        .await;
    let create = SalaryCreate {
        name: "5".to_owned(),
        amount: 5,
    };
    let row = Salary::create(create).exec(&gm).await.unwrap();
    row.update().amount(8).exec(&gm).await.unwrap();
    assert_eq!(ada.next().await, change(Action::Create, row.id));
    assert_eq!(ada.next().await, change(Action::Update, row.id));
}

/// The trigger sends the same values.
#[tokio::test]
async fn the_trigger_judges_as_a_write_does() {
    let database = Database::create().await;
    let builder = || replica(&database).expose::<Note>();
    builder().build().await.unwrap().close().await;
    database.execute(&builder().schema_triggers().unwrap()).await;
    let gm = builder().build().await.unwrap();
    let mut ada = Subscriber::of::<Note>(&as_caller(&gm, "ada"));
    database
        .execute(
            "INSERT INTO notes (id, owner, level, text) VALUES (101, 'bob', 1, 'a'), (102, 'ada', 1, 'a'), (103, 'bob', 6, 'a');
             UPDATE notes SET text = 'b';
             UPDATE notes SET level = 5 WHERE id = 103;
             UPDATE notes SET owner = 'ada' WHERE id = 101;
             DELETE FROM notes",
        )
        .await;
    let expected = [
        (Action::Create, 102),
        (Action::Create, 103),
        (Action::Update, 102),
        (Action::Update, 103),
        (Action::Delete, 103),
        (Action::Create, 101),
    ];
    let mut changes = received(&mut ada, &gm, "ada").await;
    let deleted = changes.split_off(expected.len().min(changes.len()));
    assert_eq!(changes, expected.map(|(action, id)| change(action, id)));
    // In the order in which Postgres deletes.
    assert_eq!(deleted.len(), 2, "{deleted:?}");
    for id in [101, 102] {
        assert!(deleted.contains(&change(Action::Delete, id)), "{deleted:?}");
    }
}

/// Grants that change on one replica are evaluated on all.
#[tokio::test]
async fn grants_that_change_reach_every_replica() {
    let database = Database::create().await;
    let one = replica(&database).expose::<Note>().build().await.unwrap();
    let other = replica(&database).expose::<Note>().build().await.unwrap();
    let mut here = Subscriber::of::<Note>(&as_caller(&one, "ada"));
    let mut there = Subscriber::of::<Note>(&as_caller(&other, "ada"));
    one.grants_changed::<Note>().unwrap();
    assert_eq!(here.next().await, Change::refresh());
    assert_eq!(there.next().await, Change::refresh());
    // Once each.
    assert_eq!(received(&mut here, &one, "ada").await, []);
    assert_eq!(received(&mut there, &one, "ada").await.len(), 1);
}

/// A later version of the note, some of whose fields are hidden.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
#[permission(read = owner == caller.name | level > 5)]
struct HidingNote {
    #[field(id)]
    id: i64,
    owner: String,
    #[field(read = admin)]
    level: i16,
    text: String,
}

/// An older version compares no columns, so it is unknown to it which fields of the later one it changed.
#[tokio::test]
async fn a_version_that_hides_no_field_loses_no_event_of_one_that_does() {
    let database = Database::create().await;
    let old = replica(&database).manager::<Note>().build().await.unwrap();
    let new = replica(&database).manager::<HidingNote>().build().await.unwrap();
    let mut ada = Subscriber::of::<HidingNote>(&as_caller(&new, "ada"));
    let seen = Note::create(note("ada", 1)).exec(&old).await.unwrap();
    let seen = seen.update().text("b").exec(&old).await.unwrap();
    seen.delete(&old).await.unwrap();
    for action in [Action::Create, Action::Update, Action::Delete] {
        assert_eq!(ada.next().await, change(action, seen.id));
    }
}

/// The trigger was created for an older version, too. While it exists, it sends the notifications of all writes.
#[tokio::test]
async fn a_trigger_of_an_older_version_loses_no_event() {
    let database = Database::create().await;
    let old = || replica(&database).manager::<Note>();
    old().build().await.unwrap().close().await;
    database.execute(&old().schema_triggers().unwrap()).await;
    let gm = replica(&database).manager::<HidingNote>().build().await.unwrap();
    let mut ada = Subscriber::of::<HidingNote>(&as_caller(&gm, "ada"));
    let create = HidingNoteCreate {
        owner: "ada".to_owned(),
        level: 1,
        text: "a".to_owned(),
    };
    let row = HidingNote::create(create).exec(&gm).await.unwrap();
    row.update().text("b").exec(&gm).await.unwrap();
    database
        .execute("UPDATE notes SET text = 'c'; DELETE FROM notes")
        .await;
    for action in [Action::Create, Action::Update, Action::Update, Action::Delete] {
        assert_eq!(ada.next().await, change(action, row.id));
    }
}
