//! Managers of views: changes of the views' tables are published to their subscribers.

use gm_runtime::change::{Action, Change, Event};
use gm_runtime::field::Value;
use gm_runtime::{GeneralManager, Gm};

use crate::{Folder, Subscriber};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "people")]
struct Person {
    #[field(id)]
    id: String,
    team: Option<String>,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "teams")]
struct Team {
    #[field(id)]
    id: String,
    name: String,
}

/// A view of both tables.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "members")]
struct Member {
    #[field(id)]
    id: String,
    team: Option<String>,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
struct Note {
    #[field(id)]
    id: String,
    text: String,
}

const TABLES: &str = "CREATE TABLE people (id TEXT PRIMARY KEY NOT NULL, team TEXT) STRICT;
    CREATE TABLE teams (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL) STRICT;
    CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL) STRICT;
    INSERT INTO people VALUES ('ada', 'a'); INSERT INTO teams VALUES ('a', 'Alpha');";

const TRIGGERS: &str = "
    CREATE TRIGGER joins INSTEAD OF INSERT ON members BEGIN INSERT INTO people VALUES (new.id, new.team); END;
    CREATE TRIGGER moves INSTEAD OF UPDATE ON members BEGIN UPDATE people SET team = new.team WHERE id = old.id; END;
    CREATE TRIGGER leaves INSTEAD OF DELETE ON members BEGIN DELETE FROM people WHERE id = old.id; END;";

async fn open(view: &str) -> (Folder, Gm) {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch(&format!("{TABLES} {view}; {TRIGGERS}"))
        .unwrap();
    let builder = folder.builder().manager::<Person>().manager::<Team>();
    let gm = builder
        .manager::<Member>()
        .manager::<Note>()
        .build()
        .await
        .unwrap();
    (folder, gm)
}

async fn write_note(gm: &Gm) {
    let note = NoteCreate {
        id: uuid::Uuid::new_v4().to_string(),
        text: "a".into(),
    };
    Note::create(note).exec(gm).await.unwrap();
}

#[tokio::test]
async fn a_change_of_a_views_tables_is_published_to_its_subscribers() {
    for view in [
        // A join, a view of a view, and a count. The names are in another case.
        "CREATE VIEW members AS SELECT p.id, t.name AS team FROM PEOPLE AS p LEFT JOIN \"Teams\" AS t ON t.id = p.team",
        "CREATE VIEW named AS SELECT people.id AS person, name FROM people, teams WHERE teams.id = people.team;
         CREATE VIEW members AS SELECT person AS id, name AS team FROM [Named]",
        "CREATE VIEW members AS SELECT id, (SELECT count(*) FROM teams) || '' AS team FROM people",
        "CREATE VIEW members AS WITH notes AS (SELECT id FROM teams) SELECT id, team FROM people
         WHERE EXISTS (SELECT 1 FROM notes)",
        "CREATE VIEW members AS SELECT id, team FROM people UNION ALL SELECT id, name FROM teams",
    ] {
        let (_folder, gm) = open(view).await;
        let mut members = Subscriber::of::<Member>(&gm);
        write_note(&gm).await;
        assert_eq!(members.received(), [], "{view}");
        Team::by_id("a").update().name("Beta").exec(&gm).await.unwrap();
        assert_eq!(members.received(), [Change::refresh()], "{view}");
        let person = PersonCreate { id: "bob".into() };
        Person::create(person).exec(&gm).await.unwrap();
        assert_eq!(members.received(), [Change::refresh()], "{view}");
        Person::by_id("bob").delete(&gm).await.unwrap();
        assert_eq!(members.received(), [Change::refresh()], "{view}");
    }
}

#[tokio::test]
async fn a_write_through_a_view_is_published_to_the_managers_of_its_tables() {
    let view = "CREATE VIEW members AS SELECT id, team FROM people";
    let (_folder, gm) = open(view).await;
    let (mut people, mut members) = (Subscriber::of::<Person>(&gm), Subscriber::of::<Member>(&gm));
    let (mut teams, mut notes) = (Subscriber::of::<Team>(&gm), Subscriber::of::<Note>(&gm));
    let member = MemberCreate { id: "bob".into() };
    Member::create(member)
        .team("a".to_owned())
        .exec(&gm)
        .await
        .unwrap();
    Member::by_id("bob")
        .update()
        .team("b".to_owned())
        .exec(&gm)
        .await
        .unwrap();
    Member::by_id("bob").delete(&gm).await.unwrap();
    assert_eq!(people.received(), vec![Change::refresh(); 3]);
    let changes = members.received();
    for action in [Action::Create, Action::Update, Action::Delete] {
        let change = Change::row(action, Value::Text("bob".into()));
        assert!(changes.contains(&change), "{changes:?}");
    }
    assert_eq!((teams.received(), notes.received()), (vec![], vec![]));
}

/// `Gm::publish` stands for a write of another program, so it reaches the same managers.
#[tokio::test]
async fn a_published_change_reaches_the_managers_that_a_write_reaches() {
    let view = "CREATE VIEW members AS SELECT id, team FROM people";
    let (_folder, gm) = open(view).await;
    let (mut people, mut members) = (Subscriber::of::<Person>(&gm), Subscriber::of::<Member>(&gm));
    let (mut teams, mut notes) = (Subscriber::of::<Team>(&gm), Subscriber::of::<Note>(&gm));
    let ada = || "ada".to_owned();
    for (event, action) in [
        (Event::Create(ada()), Action::Create),
        (Event::Update(ada()), Action::Update),
        (Event::Delete(ada()), Action::Delete),
    ] {
        gm.publish::<Person>(event).unwrap();
        assert_eq!(people.received(), [Change::row(action, Value::Text(ada()))]);
        assert_eq!(members.received(), [Change::refresh()]);
    }
    gm.refresh::<Person>().unwrap();
    assert_eq!(people.received(), [Change::refresh()]);
    assert_eq!(members.received(), [Change::refresh()]);
    assert_eq!((teams.received(), notes.received()), (vec![], vec![]));

    // A subscriber may publish a change of another manager.
    let publisher = gm.clone();
    let subscription = gm
        .on_change::<Member>(move |_| publisher.publish::<Team>(Event::Update("a".to_owned())).unwrap())
        .unwrap();
    gm.publish::<Person>(Event::Update(ada())).unwrap();
    drop(subscription);
    assert_eq!(
        teams.received(),
        [Change::row(Action::Update, Value::Text("a".to_owned()))]
    );
}

/// By a foreign key and by a trigger, in tables without a manager.
#[tokio::test]
async fn side_effects_are_published_to_the_managers_of_views() {
    for options in ["STRICT", "STRICT, WITHOUT ROWID"] {
        let view = format!(
            "CREATE TABLE badges (person TEXT PRIMARY KEY NOT NULL REFERENCES people (id) ON DELETE CASCADE) {options};
             INSERT INTO badges VALUES ('ada');
             CREATE TABLE log (text TEXT PRIMARY KEY NOT NULL) {options};
             CREATE TRIGGER noted AFTER INSERT ON notes BEGIN INSERT INTO log VALUES (new.id); END;
             CREATE VIEW members AS SELECT person AS id, (SELECT max(text) FROM log) AS team FROM badges"
        );
        let (_folder, gm) = open(&view).await;
        let mut members = Subscriber::of::<Member>(&gm);
        write_note(&gm).await;
        assert_eq!(members.received(), [Change::refresh()], "{options}");
        Person::by_id("ada").delete(&gm).await.unwrap();
        assert_eq!(members.received(), [Change::refresh()], "{options}");
        assert_eq!(Member::count(&gm).await.unwrap(), 0);
    }
}

/// A view may read tables whose changes SQLite does not report.
#[tokio::test]
async fn a_view_of_internal_tables_is_refreshed_by_every_change() {
    for view in [
        "CREATE TABLE numbered (id INTEGER PRIMARY KEY AUTOINCREMENT);
         CREATE VIEW members AS SELECT name AS id, seq || '' AS team FROM sqlite_sequence",
        "CREATE VIRTUAL TABLE found USING fts5 (text, content = 'notes');
         CREATE VIEW members AS SELECT rowid || '' AS id, text AS team FROM found",
    ] {
        let (_folder, gm) = open(view).await;
        let mut members = Subscriber::of::<Member>(&gm);
        write_note(&gm).await;
        assert_eq!(members.received(), [Change::refresh()], "{view}");
    }
}

#[tokio::test]
async fn a_recreated_view_is_refreshed_by_its_new_tables() {
    let (folder, gm) = open("CREATE VIEW members AS SELECT id, team FROM people").await;
    let anew =
        format!("DROP VIEW members; CREATE VIEW members AS SELECT id, text AS team FROM notes; {TRIGGERS}");
    folder.other().execute_batch(&anew).unwrap();
    let mut members = Subscriber::of::<Member>(&gm);
    write_note(&gm).await;
    let changes = members.received();
    // The first change is for the other program.
    assert!(
        changes.iter().all(|change| *change == Change::refresh()),
        "{changes:?}"
    );
    write_note(&gm).await;
    assert_eq!(members.received(), [Change::refresh()]);
    Person::by_id("ada").delete(&gm).await.unwrap();
    assert_eq!(members.received(), []);
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "members")]
#[permission(read = public)]
#[remote_api(resource = "members", allow_filter, websocket_invalidation)]
struct Served {
    #[field(id)]
    id: String,
    team: Option<String>,
}

#[tokio::test]
async fn a_websocket_of_a_view_whose_rows_change_without_a_write_is_refused() {
    for (view, function) in [
        (
            "SELECT id, team FROM people WHERE team < date('now')",
            Some("date"),
        ),
        (
            "SELECT id, team FROM people WHERE team < strftime ('%Y', \"NOW\", '-1 day')",
            Some("strftime"),
        ),
        (
            "SELECT id, team FROM people WHERE team < datetime()",
            Some("datetime"),
        ),
        (
            "SELECT id, team FROM people WHERE team < CURRENT_TIMESTAMP",
            Some("current_timestamp"),
        ),
        ("SELECT id, random() || '' AS team FROM people", Some("random")),
        (
            "SELECT id, team FROM people WHERE team < date(coalesce(team, 'now'), '-1 day')",
            Some("date"),
        ),
        (
            "SELECT id, team FROM people WHERE team < \"time\" /* of day */ ( \"Now\" )",
            Some("time"),
        ),
        (
            "SELECT id, date(nullif(team, '')) AS team FROM people WHERE lower(team) <> 'now'",
            None,
        ),
        (
            "SELECT id, date(team) AS team FROM people WHERE team <> 'now'",
            None,
        ),
        ("SELECT id, strftime('%Y', team) AS team FROM people", None),
    ] {
        let folder = Folder::new();
        let tables = format!(
            "{TABLES} CREATE VIEW members AS SELECT * FROM late; CREATE VIEW late AS {view}; {TRIGGERS}"
        );
        folder.other().execute_batch(&tables).unwrap();
        let served = folder.builder().expose::<Served>().build().await;
        match (served, function) {
            (Ok(_), None) => {}
            (Err(error), Some(function)) => {
                let said = error.to_string();
                let names = [format!("`{function}`"), "`Served`".into(), "`members`".into()];
                assert!(names.iter().all(|name| said.contains(name)), "{said}");
            }
            (served, _) => panic!("{view}: {:?}", served.err()),
        }
        // Without a websocket there is no promise to keep.
        folder.builder().manager::<Member>().build().await.unwrap();
    }
}
