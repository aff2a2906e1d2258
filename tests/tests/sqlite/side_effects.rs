//! Rows that SQLite changes without counting or naming them.

use gm_runtime::change::{Action, Change};
use gm_runtime::field::Value;
use gm_runtime::{Error, GeneralManager};

use crate::{Folder, Subscriber, change};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "seats")]
struct Seat {
    #[field(id)]
    id: i64,
    number: i64,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "guests")]
struct Guest {
    #[field(id)]
    id: String,
    seat: i64,
}

/// Subscribers to seats and to guests.
async fn open(tables: &str) -> (Folder, gm_runtime::Gm, Subscriber, Subscriber) {
    let folder = Folder::new();
    folder.other().execute_batch(tables).unwrap();
    let builder = folder.builder().manager::<Seat>().manager::<Guest>();
    let gm = builder.build().await.unwrap();
    let (seats, guests) = (Subscriber::of::<Seat>(&gm), Subscriber::of::<Guest>(&gm));
    (folder, gm, seats, guests)
}

const GUESTS: &str =
    "CREATE TABLE guests (id TEXT PRIMARY KEY NOT NULL, seat INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

#[tokio::test]
async fn a_row_deleted_by_on_conflict_replace_is_published() {
    let (_folder, gm, mut seats, mut guests) = open(&format!(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
             number INTEGER NOT NULL UNIQUE ON CONFLICT Replace) STRICT;
         {GUESTS}"
    ))
    .await;
    Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
    Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
    assert_eq!(Seat::count(&gm).await.unwrap(), 1);
    let changes = seats.received();
    assert_eq!(changes.last(), Some(&Change::refresh()), "{changes:?}");
    assert!(changes.contains(&change(Action::Create, 2)), "{changes:?}");
    assert_eq!(guests.received(), []);
}

/// SQLite reports the row that a trigger's `OR REPLACE` inserts.
#[tokio::test]
async fn a_row_that_a_trigger_replaces_is_published() {
    for options in ["STRICT", "STRICT, WITHOUT ROWID"] {
        let (_folder, gm, mut seats, mut guests) = open(&format!(
            "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, number INTEGER NOT NULL) STRICT;
             CREATE TABLE guests (id TEXT PRIMARY KEY NOT NULL, seat INTEGER NOT NULL UNIQUE) {options};
             INSERT INTO guests VALUES ('first', 7);
             CREATE TRIGGER latest AFTER INSERT ON seats BEGIN
                 INSERT OR REPLACE INTO guests VALUES ('latest', new.number); END;"
        ))
        .await;
        Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
        assert!(Guest::get(&gm, "first").await.is_err());
        assert_eq!(guests.received(), [Change::refresh()], "{options}");
        let changes = seats.received();
        assert!(changes.contains(&change(Action::Create, 1)), "{changes:?}");
    }
}

#[tokio::test]
async fn replace_in_a_name_or_default_causes_no_refresh() {
    let (_folder, gm, mut seats, _) = open(&format!(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, number INTEGER NOT NULL, replaced_by INTEGER,
             CHECK (replace (number, 'x', 'y') <> '')) STRICT;
         {GUESTS}"
    ))
    .await;
    Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
    assert_eq!(seats.received(), [change(Action::Create, 1)]);
}

/// The trigger ignores the write itself, and writes another row instead.
#[tokio::test]
async fn a_row_written_instead_of_an_ignored_one_is_published() {
    let seats_with = |trigger: &str| {
        format!(
            "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, number INTEGER NOT NULL) STRICT;
             {GUESTS}
             INSERT INTO seats VALUES (1, 1), (2, 2);
             CREATE TRIGGER instead BEFORE UPDATE ON seats WHEN new.number = 7 BEGIN {trigger}; SELECT RAISE(IGNORE); END;"
        )
    };
    let (_folder, gm, _, mut guests) = open(&seats_with("INSERT INTO guests VALUES ('late', 7)")).await;
    Seat::by_id(1).update().number(7).exec(&gm).await.unwrap();
    assert_eq!(Guest::get(&gm, "late").await.unwrap().seat, 7);
    assert_eq!(guests.received(), [Change::refresh()]);

    let (_folder, gm, mut seats, _) = open(&seats_with("UPDATE seats SET number = 8 WHERE id = 2")).await;
    Seat::by_id(1).update().number(7).exec(&gm).await.unwrap();
    assert_eq!(Seat::get(&gm, 2).await.unwrap().number, 8);
    let changes = seats.received();
    assert!(changes.contains(&Change::refresh()), "{changes:?}");
}

/// SQLite stores the SQL as it was sent.
#[tokio::test]
async fn a_table_with_sql_in_another_encoding_does_not_prevent_the_start() {
    let (_folder, gm, mut seats, _) = open(&format!(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, number INTEGER NOT NULL) STRICT;
         {GUESTS}
         CREATE TABLE old (a TEXT);
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = CAST(X'435245415445205441424C45206F6C6420286120544558542044454641554C542027E9207265706C616365202729' AS TEXT) WHERE name = 'old';"
    ))
    .await;
    Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
    assert_eq!(seats.received(), [change(Action::Create, 1)]);
}

/// Otherwise the answer would have the id of another row.
#[tokio::test]
async fn an_ignored_create_is_a_conflict() {
    let (_folder, gm, mut seats, _) = open(&format!(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
             number INTEGER NOT NULL UNIQUE ON CONFLICT IGNORE) STRICT;
         {GUESTS}
         CREATE TRIGGER instead BEFORE INSERT ON seats WHEN new.number = 9 BEGIN
             INSERT INTO seats (number) VALUES (10); SELECT RAISE(IGNORE); END;"
    ))
    .await;
    for number in [7, 8] {
        Seat::create(SeatCreate { number }).exec(&gm).await.unwrap();
    }
    seats.received();
    let again = Seat::create(SeatCreate { number: 7 }).exec(&gm).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    assert_eq!(seats.received(), []);
    let other = Seat::create(SeatCreate { number: 9 }).exec(&gm).await;
    assert!(matches!(other, Err(Error::CreatedUnreadable { .. })), "{other:?}");
    let changes = seats.received();
    assert!(changes.contains(&Change::refresh()), "{changes:?}");
    assert_eq!(Seat::get(&gm, 3).await.unwrap().number, 10);
}

/// The write is not answered as done, and an existing row not as missing.
#[tokio::test]
async fn an_ignored_update_or_delete_is_a_conflict() {
    let (_folder, gm, mut seats, _) = open(&format!(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
             number INTEGER NOT NULL UNIQUE ON CONFLICT IGNORE) STRICT;
         {GUESTS}
         CREATE TABLE log (number INTEGER);
         CREATE TRIGGER stays BEFORE DELETE ON seats WHEN old.number = 7 BEGIN SELECT RAISE(IGNORE); END;
         CREATE TRIGGER asked BEFORE UPDATE ON seats WHEN new.number = 9 BEGIN
             INSERT INTO log VALUES (new.number); SELECT RAISE(IGNORE); END;"
    ))
    .await;
    for number in [7, 8] {
        Seat::create(SeatCreate { number }).exec(&gm).await.unwrap();
    }
    seats.received();
    let taken = Seat::by_id(2).update().number(7).exec(&gm).await;
    assert!(matches!(taken, Err(Error::Conflict { .. })), "{taken:?}");
    let kept = Seat::by_id(1).delete(&gm).await;
    assert!(matches!(kept, Err(Error::Conflict { .. })), "{kept:?}");
    assert_eq!(seats.received(), []);
    assert!(Seat::by_id(3).delete(&gm).await.unwrap_err().is_not_found());
    // The trigger's own write is done, and the answer is the stored row.
    let asked = Seat::by_id(2).update().number(9).exec(&gm).await.unwrap();
    assert_eq!(asked.number, 8);
}

/// SQLite does not count rows of a view.
#[tokio::test]
async fn a_delete_by_the_trigger_of_a_view_succeeds() {
    let (_folder, gm, _, mut guests) = open(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, number INTEGER NOT NULL) STRICT;
         CREATE TABLE people (id TEXT PRIMARY KEY NOT NULL, seat INTEGER NOT NULL) STRICT;
         CREATE VIEW guests AS SELECT id, seat FROM people;
         CREATE TRIGGER comes INSTEAD OF INSERT ON guests BEGIN INSERT INTO people VALUES (new.id, new.seat); END;
         CREATE TRIGGER moves INSTEAD OF UPDATE ON guests BEGIN UPDATE people SET seat = new.seat WHERE id = old.id; END;
         CREATE TRIGGER goes INSTEAD OF DELETE ON guests BEGIN DELETE FROM people WHERE id = old.id; END;",
    )
    .await;
    let create = GuestCreate {
        id: "a".into(),
        seat: 1,
    };
    Guest::create(create).exec(&gm).await.unwrap();
    let moved = Guest::by_id("a").update().seat(2).exec(&gm).await.unwrap();
    assert_eq!(moved.seat, 2);
    guests.received();
    Guest::by_id("a").delete(&gm).await.unwrap();
    assert!(Guest::by_id("a").delete(&gm).await.unwrap_err().is_not_found());
    assert_eq!(Guest::count(&gm).await.unwrap(), 0);
    let changes = guests.received();
    assert!(
        changes.contains(&Change::row(Action::Delete, Value::Text("a".into()))),
        "{changes:?}"
    );
}

/// The comment and the default are in Latin-1.
#[tokio::test]
async fn a_managers_table_with_sql_in_another_encoding_is_compared() {
    let (_folder, gm, ..) = open(&format!(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, number INTEGER NOT NULL, name TEXT DEFAULT '?');
         {GUESTS}
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = CAST(replace(hex(sql), '273F27', '27E927') AS TEXT) WHERE name = 'seats';
         UPDATE sqlite_schema SET sql = CAST(unhex(sql) AS TEXT) WHERE name = 'seats';"
    ))
    .await;
    Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
    assert_eq!(Seat::get(&gm, 1).await.unwrap().number, 7);
}
