//! Every committed change is published once it is visible, and nothing else is.

use std::sync::Mutex;

use gm_runtime::GeneralManager;
use gm_runtime::change::{Action, Change};

use crate::model::{Item, item};
use crate::{Folder, Subscriber, change};

#[tokio::test]
async fn only_changes_are_published() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let mut changes = Subscriber::of::<Item>(&gm);
    let row = Item::create(item("a")).exec(&gm).await.unwrap();
    assert_eq!(changes.received(), [change(Action::Create, 1)]);
    row.update().title("b").exec(&gm).await.unwrap();
    assert_eq!(changes.received(), [change(Action::Update, 1)]);
    // The same values again, and no values.
    row.update().title("b").count(0).exec(&gm).await.unwrap();
    row.update().exec(&gm).await.unwrap();
    assert!(Item::by_id(9).update().title("b").exec(&gm).await.is_err());
    assert!(Item::by_id(9).delete(&gm).await.is_err());
    assert_eq!(changes.received(), []);
    row.delete(&gm).await.unwrap();
    assert_eq!(changes.received(), [change(Action::Delete, 1)]);
}

#[tokio::test]
async fn a_published_change_is_visible_to_readers() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let other = Mutex::new(folder.other());
    let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let _subscription = gm
        .on_change::<Item>(move |_| {
            let count: i64 = other
                .lock()
                .unwrap()
                .query_row("SELECT COUNT(*) FROM items", [], |row| row.get(0))
                .unwrap();
            sender.send(count).unwrap();
        })
        .unwrap();
    for number in 1..=3 {
        Item::create(item("a")).exec(&gm).await.unwrap();
        assert_eq!(seen.recv().await, Some(number));
    }
}

#[tokio::test]
async fn a_dropped_future_stops_neither_the_write_nor_its_event() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let mut changes = Subscriber::of::<Item>(&gm);
    let other = folder.other();
    // The write can't be finished before its future is dropped.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write = Box::pin(Item::create(item("a")).exec(&gm));
    assert!(futures_util::poll!(&mut write).is_pending());
    drop(write);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(changes.next().await, change(Action::Create, 1));
    assert_eq!(Item::get(&gm, 1).await.unwrap().title, "a");
}

/// Another view of the same rows.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "items")]
struct Title {
    #[field(id)]
    id: i64,
    #[field(blank)]
    title: String,
}

#[tokio::test]
async fn a_subscriber_that_panics_does_not_affect_others() {
    let folder = Folder::new();
    let gm = folder
        .builder()
        .manager::<Item>()
        .manager::<Title>()
        .build()
        .await
        .unwrap();
    let _broken = gm.on_change::<Item>(|_| panic!("on purpose")).unwrap();
    let mut same = Subscriber::of::<Item>(&gm);
    let mut other = Subscriber::of::<Title>(&gm);
    Item::create(item("a")).exec(&gm).await.unwrap();
    assert_eq!(same.received(), [change(Action::Create, 1)]);
    assert_eq!(other.received(), [change(Action::Create, 1)]);
    let outside = folder.other();
    outside.execute("UPDATE items SET title = 'b'", []).unwrap();
    assert_eq!(same.next().await, Change::refresh());
    assert_eq!(other.next().await, Change::refresh());
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "shelves")]
struct Shelf {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "volumes")]
struct Volume {
    #[field(id)]
    id: String,
    shelf: Option<i64>,
}

/// SQLite changes rows of other tables of every kind.
#[tokio::test]
async fn side_effects_in_other_tables_are_published() {
    let shelves =
        "CREATE TABLE shelves (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name TEXT NOT NULL) STRICT;";
    let volumes = |action: &str, options: &str| {
        format!(
            "{shelves} CREATE TABLE volumes (id TEXT PRIMARY KEY NOT NULL,
                 shelf INTEGER REFERENCES shelves (id) ON DELETE {action}) {options};
             INSERT INTO shelves VALUES (1, 'a'); INSERT INTO volumes VALUES ('a', 1);"
        )
    };
    let by_trigger = format!(
        "{shelves} CREATE TABLE volumes (id TEXT PRIMARY KEY NOT NULL, shelf INTEGER) STRICT;
         CREATE TRIGGER gone AFTER DELETE ON shelves BEGIN
             UPDATE volumes SET shelf = NULL WHERE shelf = old.id; END;
         INSERT INTO shelves VALUES (1, 'a'); INSERT INTO volumes VALUES ('a', 1);"
    );
    // SQLite reports no row if all rows are deleted at once.
    let by_clearing = format!(
        "{shelves} CREATE TABLE volumes (id TEXT PRIMARY KEY NOT NULL, shelf INTEGER) STRICT;
         CREATE TRIGGER gone AFTER DELETE ON shelves BEGIN DELETE FROM volumes; END;
         INSERT INTO shelves VALUES (1, 'a'); INSERT INTO volumes VALUES ('a', 1);"
    );
    for tables in [
        by_clearing,
        volumes("CASCADE", "STRICT"),
        volumes("SET NULL", "STRICT"),
        volumes("CASCADE", "STRICT, WITHOUT ROWID"),
        by_trigger,
    ] {
        let folder = Folder::new();
        folder.other().execute_batch(&tables).unwrap();
        let gm = folder
            .builder()
            .manager::<Shelf>()
            .manager::<Volume>()
            .build()
            .await
            .unwrap();
        let mut changes = Subscriber::of::<Volume>(&gm);
        Shelf::by_id(1).update().name("b").exec(&gm).await.unwrap();
        assert_eq!(changes.received(), [], "{tables}");
        Shelf::by_id(1).delete(&gm).await.unwrap();
        assert_eq!(changes.received(), [Change::refresh()], "{tables}");
    }
}

#[tokio::test]
async fn side_effects_in_the_same_table_are_published() {
    let folder = Folder::new();
    let gm = folder.builder().manager::<Shelf>().build().await.unwrap();
    let triggers = "CREATE TABLE log (name TEXT);
        CREATE TRIGGER noted AFTER INSERT ON shelves BEGIN INSERT INTO log VALUES (new.name); END;
        CREATE TRIGGER others AFTER DELETE ON shelves BEGIN UPDATE shelves SET name = 'c' WHERE id <> old.id; END;";
    let name = || ShelfCreate { name: "a".into() };
    Shelf::create(name()).exec(&gm).await.unwrap();
    // Changes by other programs are published with the next write.
    folder.other().execute_batch(triggers).unwrap();
    Shelf::create(name()).exec(&gm).await.unwrap();
    let mut changes = Subscriber::of::<Shelf>(&gm);
    Shelf::create(name()).exec(&gm).await.unwrap();
    assert_eq!(changes.received(), [change(Action::Create, 3)]);
    Shelf::by_id(1).delete(&gm).await.unwrap();
    assert_eq!(changes.received(), [change(Action::Delete, 1), Change::refresh()]);
    assert_eq!(Shelf::get(&gm, 2).await.unwrap().name, "c");

    let without = "DROP TRIGGER noted; DROP TRIGGER others;";
    folder.other().execute_batch(without).unwrap();
    Shelf::create(name()).exec(&gm).await.unwrap();
    assert_eq!(changes.received(), [Change::refresh(), change(Action::Create, 4)]);
    Shelf::create(name()).exec(&gm).await.unwrap();
    assert_eq!(changes.received(), [change(Action::Create, 5)]);
}
