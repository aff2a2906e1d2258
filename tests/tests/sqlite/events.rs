//! Every committed change is told, once it is visible, and nothing else is.

use std::sync::Mutex;

use gm_runtime::GeneralManager;
use gm_runtime::change::{Action, Change};

use crate::model::{Item, item};
use crate::{Folder, Told, change};

#[tokio::test]
async fn what_changes_is_told_and_what_does_not_is_not() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let mut told = Told::of::<Item>(&gm);
    let row = Item::create(item("a")).exec(&gm).await.unwrap();
    assert_eq!(told.waiting(), [change(Action::Create, 1)]);
    row.update().title("b").exec(&gm).await.unwrap();
    assert_eq!(told.waiting(), [change(Action::Update, 1)]);
    // The same values again, and none at all.
    row.update().title("b").count(0).exec(&gm).await.unwrap();
    row.update().exec(&gm).await.unwrap();
    assert!(Item::by_id(9).update().title("b").exec(&gm).await.is_err());
    assert!(Item::by_id(9).delete(&gm).await.is_err());
    assert_eq!(told.waiting(), []);
    row.delete(&gm).await.unwrap();
    assert_eq!(told.waiting(), [change(Action::Delete, 1)]);
}

#[tokio::test]
async fn a_change_is_visible_to_others_when_it_is_told() {
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
    let mut told = Told::of::<Item>(&gm);
    let other = folder.other();
    // The write can't be finished before its future is dropped.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write = Box::pin(Item::create(item("a")).exec(&gm));
    assert!(futures_util::poll!(&mut write).is_pending());
    drop(write);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(told.next().await, change(Action::Create, 1));
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
async fn a_subscriber_that_panics_keeps_no_change_from_the_others() {
    let folder = Folder::new();
    let gm = folder
        .builder()
        .manager::<Item>()
        .manager::<Title>()
        .build()
        .await
        .unwrap();
    let _broken = gm.on_change::<Item>(|_| panic!("on purpose")).unwrap();
    let mut same = Told::of::<Item>(&gm);
    let mut other = Told::of::<Title>(&gm);
    Item::create(item("a")).exec(&gm).await.unwrap();
    assert_eq!(same.waiting(), [change(Action::Create, 1)]);
    assert_eq!(other.waiting(), [change(Action::Create, 1)]);
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

/// Rows of another table that SQLite changes by itself, whatever that table is like.
#[tokio::test]
async fn what_a_write_changes_beside_its_row_is_told() {
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
    // SQLite names no row where all of them go.
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
        let mut told = Told::of::<Volume>(&gm);
        Shelf::by_id(1).update().name("b").exec(&gm).await.unwrap();
        assert_eq!(told.waiting(), [], "{tables}");
        Shelf::by_id(1).delete(&gm).await.unwrap();
        assert_eq!(told.waiting(), [Change::refresh()], "{tables}");
    }
}

#[tokio::test]
async fn what_a_trigger_changes_in_the_same_table_is_told_and_what_it_notes_elsewhere_is_nobodys() {
    let folder = Folder::new();
    let gm = folder.builder().manager::<Shelf>().build().await.unwrap();
    let triggers = "CREATE TABLE log (name TEXT);
        CREATE TRIGGER noted AFTER INSERT ON shelves BEGIN INSERT INTO log VALUES (new.name); END;
        CREATE TRIGGER others AFTER DELETE ON shelves BEGIN UPDATE shelves SET name = 'c' WHERE id <> old.id; END;";
    let name = || ShelfCreate { name: "a".into() };
    Shelf::create(name()).exec(&gm).await.unwrap();
    // What others do to the file is told with the next write.
    folder.other().execute_batch(triggers).unwrap();
    Shelf::create(name()).exec(&gm).await.unwrap();
    let mut told = Told::of::<Shelf>(&gm);
    Shelf::create(name()).exec(&gm).await.unwrap();
    assert_eq!(told.waiting(), [change(Action::Create, 3)]);
    Shelf::by_id(1).delete(&gm).await.unwrap();
    assert_eq!(told.waiting(), [change(Action::Delete, 1), Change::refresh()]);
    assert_eq!(Shelf::get(&gm, 2).await.unwrap().name, "c");

    let without = "DROP TRIGGER noted; DROP TRIGGER others;";
    folder.other().execute_batch(without).unwrap();
    Shelf::create(name()).exec(&gm).await.unwrap();
    assert_eq!(told.waiting(), [Change::refresh(), change(Action::Create, 4)]);
    Shelf::create(name()).exec(&gm).await.unwrap();
    assert_eq!(told.waiting(), [change(Action::Create, 5)]);
}
