//! Rows that SQLite changes without counting or naming them.

use gm_runtime::change::{Action, Change};
use gm_runtime::field::Value;
use gm_runtime::{Error, GeneralManager};

use crate::{Folder, Told, change};

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

/// The changes of seats and of guests.
async fn open(tables: &str) -> (Folder, gm_runtime::Gm, Told, Told) {
    let folder = Folder::new();
    folder.other().execute_batch(tables).unwrap();
    let builder = folder.builder().manager::<Seat>().manager::<Guest>();
    let gm = builder.build().await.unwrap();
    let (seats, guests) = (Told::of::<Seat>(&gm), Told::of::<Guest>(&gm));
    (folder, gm, seats, guests)
}

const GUESTS: &str =
    "CREATE TABLE guests (id TEXT PRIMARY KEY NOT NULL, seat INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

#[tokio::test]
async fn a_row_that_another_takes_the_place_of_is_told() {
    let (_folder, gm, mut seats, mut guests) = open(&format!(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
             number INTEGER NOT NULL UNIQUE ON CONFLICT Replace) STRICT;
         {GUESTS}"
    ))
    .await;
    Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
    Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
    assert_eq!(Seat::count(&gm).await.unwrap(), 1);
    let told = seats.waiting();
    assert_eq!(told.last(), Some(&Change::refresh()), "{told:?}");
    assert!(told.contains(&change(Action::Create, 2)), "{told:?}");
    assert_eq!(guests.waiting(), []);
}

/// A trigger's own `OR REPLACE` names the row that it puts in.
#[tokio::test]
async fn a_row_that_a_trigger_puts_in_the_place_of_another_is_told() {
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
        assert_eq!(guests.waiting(), [Change::refresh()], "{options}");
        let told = seats.waiting();
        assert!(told.contains(&change(Action::Create, 1)), "{told:?}");
    }
}

#[tokio::test]
async fn a_column_whose_name_or_default_says_replace_costs_no_refresh() {
    let (_folder, gm, mut seats, _) = open(&format!(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, number INTEGER NOT NULL, replaced_by INTEGER,
             CHECK (replace (number, 'x', 'y') <> '')) STRICT;
         {GUESTS}"
    ))
    .await;
    Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
    assert_eq!(seats.waiting(), [change(Action::Create, 1)]);
}

/// A trigger that has the write itself ignored, and writes another row in its place.
#[tokio::test]
async fn what_is_written_in_place_of_an_ignored_row_is_told() {
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
    assert_eq!(guests.waiting(), [Change::refresh()]);

    let (_folder, gm, mut seats, _) = open(&seats_with("UPDATE seats SET number = 8 WHERE id = 2")).await;
    Seat::by_id(1).update().number(7).exec(&gm).await.unwrap();
    assert_eq!(Seat::get(&gm, 2).await.unwrap().number, 8);
    let told = seats.waiting();
    assert!(told.contains(&Change::refresh()), "{told:?}");
}

/// SQLite keeps the SQL as it was sent.
#[tokio::test]
async fn a_table_whose_sql_is_no_utf8_keeps_nobody_from_the_file() {
    let (_folder, gm, mut seats, _) = open(&format!(
        "CREATE TABLE seats (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, number INTEGER NOT NULL) STRICT;
         {GUESTS}
         CREATE TABLE old (a TEXT);
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = CAST(X'435245415445205441424C45206F6C6420286120544558542044454641554C542027E9207265706C616365202729' AS TEXT) WHERE name = 'old';"
    ))
    .await;
    Seat::create(SeatCreate { number: 7 }).exec(&gm).await.unwrap();
    assert_eq!(seats.waiting(), [change(Action::Create, 1)]);
}

/// Else the answer would hold the id of another row, which the caller would then change.
#[tokio::test]
async fn a_create_that_is_ignored_is_no_row() {
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
    seats.waiting();
    let again = Seat::create(SeatCreate { number: 7 }).exec(&gm).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    assert_eq!(seats.waiting(), []);
    let other = Seat::create(SeatCreate { number: 9 }).exec(&gm).await;
    assert!(matches!(other, Err(Error::CreatedUnreadable { .. })), "{other:?}");
    let told = seats.waiting();
    assert!(told.contains(&Change::refresh()), "{told:?}");
    assert_eq!(Seat::get(&gm, 3).await.unwrap().number, 10);
}

/// Neither is answered as done, nor a row that is there as missing.
#[tokio::test]
async fn an_update_or_a_delete_that_is_ignored_is_a_conflict() {
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
    seats.waiting();
    let taken = Seat::by_id(2).update().number(7).exec(&gm).await;
    assert!(matches!(taken, Err(Error::Conflict { .. })), "{taken:?}");
    let kept = Seat::by_id(1).delete(&gm).await;
    assert!(matches!(kept, Err(Error::Conflict { .. })), "{kept:?}");
    assert_eq!(seats.waiting(), []);
    assert!(Seat::by_id(3).delete(&gm).await.unwrap_err().is_not_found());
    // What a trigger does in its place is done, and the row is answered that is there.
    let asked = Seat::by_id(2).update().number(9).exec(&gm).await.unwrap();
    assert_eq!(asked.number, 8);
}

/// SQLite counts no row of a view.
#[tokio::test]
async fn a_row_of_a_view_that_its_trigger_deletes_was_there() {
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
    guests.waiting();
    Guest::by_id("a").delete(&gm).await.unwrap();
    assert!(Guest::by_id("a").delete(&gm).await.unwrap_err().is_not_found());
    assert_eq!(Guest::count(&gm).await.unwrap(), 0);
    let told = guests.waiting();
    assert!(
        told.contains(&Change::row(Action::Delete, Value::Text("a".into()))),
        "{told:?}"
    );
}

/// The comment and the default are those of somebody whose editor knew Latin-1 alone.
#[tokio::test]
async fn a_table_of_a_manager_whose_sql_is_no_utf8_is_read() {
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
