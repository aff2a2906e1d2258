//! Tables that other tools created.

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::GeneralManager;

use crate::Folder;
use crate::schema_comparison::fits;
use crate::unique::Book;

/// The table works, so the difference is a warning, and is also reported by `schema_changes`.
#[tokio::test]
async fn differences_that_only_other_programs_can_misuse_are_warnings() {
    let folder = Folder::new();
    let tables = "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE, isbn_13 TEXT UNIQUE,
             year INTEGER NOT NULL);
         CREATE INDEX by_year ON books (year);
         CREATE TABLE app_event (id INTEGER PRIMARY KEY AUTOINCREMENT, name varchar(200) NOT NULL, public bool NOT NULL,
             day date, ends_at datetime, ratio real NOT NULL, notes text NOT NULL)";
    folder.other().execute_batch(tables).unwrap();
    let builder = || folder.builder().manager::<Book>().manager::<Event>();
    builder().build().await.unwrap();
    let named = builder().schema_changes().unwrap();
    for part in [
        "the column `id` is not AUTOINCREMENT",
        "the column `ends_at` is `datetime`",
    ] {
        assert!(named.contains(part), "no `{part}` in:\n{named}");
    }
}

#[tokio::test]
async fn tables_that_work_are_accepted() {
    for table in [
        // Columns that another tool added.
        "id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL UNIQUE, isbn_13 TEXT UNIQUE, year INTEGER NOT NULL, \
         shelf TEXT, lent INTEGER NOT NULL DEFAULT 0, upper TEXT AS (upper(title))",
        // Conditions that a new row can satisfy.
        "id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL UNIQUE, isbn_13 TEXT UNIQUE, year INTEGER NOT NULL, \
         kind TEXT NOT NULL DEFAULT 'a' CHECK (kind IN ('a', 'b')), low INTEGER CHECK (low > 7), high INTEGER DEFAULT 1, \
         CHECK (high <= year), CHECK (high < rowid + 2), CHECK (books.high = 1)",
        // Another order, other case and other types.
        "YEAR bigint NOT NULL, Title varchar(200) NOT NULL UNIQUE, isbn_13 char(13) UNIQUE, ID integer NOT NULL PRIMARY KEY AUTOINCREMENT",
        // No types at all.
        "id INTEGER PRIMARY KEY, title NOT NULL UNIQUE, isbn_13 UNIQUE, year NOT NULL",
    ] {
        fits(&format!(
            "CREATE TABLE books ({table}); CREATE INDEX by_year ON books (year, title)"
        ))
        .await;
    }
    fits(
        "CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL UNIQUE, isbn_13 TEXT UNIQUE, \
         year ANY NOT NULL) STRICT; CREATE INDEX by_year ON books (year)",
    )
    .await;
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "app_event")]
pub(crate) struct Event {
    #[field(id)]
    id: i64,
    #[field(max_length = 200)]
    name: String,
    #[field(default)]
    public: bool,
    day: Option<NaiveDate>,
    ends_at: Option<DateTime<Utc>>,
    #[field(default)]
    ratio: f64,
    notes: serde_json::Value,
}

/// As Django 5 creates it, except the values of `datetime`, which Django stores as text.
#[tokio::test]
async fn a_table_of_django_is_compared() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch(
            r#"CREATE TABLE "app_event" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(200) NOT NULL,
               "public" bool NOT NULL, "day" date NULL, "ends_at" datetime NULL, "ratio" real NOT NULL,
               "notes" text NOT NULL CHECK ((JSON_VALID("notes") OR "notes" IS NULL)),
               "owner_id" bigint NULL);
               INSERT INTO app_event (name, public, day, ratio, notes) VALUES ('A', 1, '2024-01-31', 0.5, '{"a": 1}')"#,
        )
        .unwrap();
    let gm = folder.builder().manager::<Event>().build().await.unwrap();
    let event = Event::get(&gm, 1).await.unwrap();
    assert!(event.public && event.day == NaiveDate::from_ymd_opt(2024, 1, 31) && event.ratio == 0.5);
    let other = EventCreate {
        name: "B".into(),
        notes: serde_json::json!({}),
    };
    let other = Event::create(other)
        .ends_at(DateTime::UNIX_EPOCH)
        .exec(&gm)
        .await
        .unwrap();
    let found = Event::filter(|e| e.ends_at.date(NaiveDate::default()) & e.public.eq(false))
        .one(&gm)
        .await;
    assert_eq!(found.unwrap().id, other.id);
}
