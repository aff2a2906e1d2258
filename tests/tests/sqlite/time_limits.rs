//! Long reads and writes: on which thread they run, and when they end.

use std::time::Duration;

use futures_util::poll;
use gm_runtime::error::QueryError;
use gm_runtime::{Error, GeneralManager, Gm};

use crate::{Folder, begin};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
struct Note {
    #[field(id)]
    id: i64,
    text: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tallies")]
struct Tally {
    #[field(id)]
    id: String,
    #[field(unique)]
    number: i64,
}

const NOTES: &str =
    "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, text TEXT NOT NULL) STRICT;";

/// A view whose one row takes forever.
const ENDLESS: &str = "CREATE VIEW tallies AS
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 'a' AS id, count(*) AS number FROM n;
     CREATE TABLE numbers (number INTEGER UNIQUE);
     INSERT INTO numbers VALUES (7);
     CREATE TRIGGER puts INSTEAD OF INSERT ON tallies BEGIN INSERT INTO numbers VALUES (new.number); END;
     CREATE TRIGGER sets INSTEAD OF UPDATE ON tallies BEGIN SELECT 1; END;
     CREATE TRIGGER takes INSTEAD OF DELETE ON tallies BEGIN SELECT 1; END;";

async fn open(folder: &Folder, tables: &str, limit: Duration) -> Gm {
    folder.other().execute_batch(tables).unwrap();
    let builder = folder.builder().manager::<Note>().manager::<Tally>();
    builder.read_time_limit(limit).build().await.unwrap()
}

/// Waits for work that ends only because of its limit.
async fn ends<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .expect("the work ends within 60 seconds")
}

fn is_late<T>(written: &Result<T, Error>) -> bool {
    matches!(written, Err(Error::Query(QueryError::WriteTimeout { .. })))
}

fn note(text: &str) -> NoteCreate {
    NoteCreate { text: text.into() }
}

/// A condition that takes more than a second, in fewer than 100 of SQLite's instructions.
const LONG: &str = "SELECT count(*) FROM sizes WHERE length(replace(hex(zeroblob(size)), '0', 'ab')) > 0";

/// A single instruction of a view may take long, and can't be interrupted.
#[tokio::test]
async fn a_row_of_a_view_is_not_read_by_the_calling_thread() {
    let folder = Folder::new();
    let view = format!(
        "CREATE TABLE sizes (size INTEGER NOT NULL);
         INSERT INTO sizes VALUES (10000000), (10000001), (10000002);
         CREATE TABLE numbers (id TEXT PRIMARY KEY NOT NULL, number INTEGER UNIQUE NOT NULL) STRICT;
         INSERT INTO numbers VALUES ('a', 7);
         CREATE VIEW tallies AS SELECT id, number FROM numbers WHERE ({LONG}) = 3;
         CREATE TRIGGER puts INSTEAD OF INSERT ON tallies BEGIN INSERT INTO numbers VALUES (new.id, new.number); END;
         CREATE TRIGGER takes INSTEAD OF DELETE ON tallies BEGIN DELETE FROM numbers WHERE id = old.id; END;"
    );
    let gm = open(&folder, &format!("{NOTES}{view}"), Duration::from_secs(30)).await;
    let mut read = Box::pin(Tally::get(&gm, "a"));
    assert!(poll!(&mut read).is_pending());
    assert_eq!(read.await.unwrap().number, 7);

    // A table that another program replaces by a view: the next write reads the schema.
    Note::create(note("a")).exec(&gm).await.unwrap();
    folder
        .other()
        .execute_batch(&format!(
            "ALTER TABLE notes RENAME TO kept; CREATE VIEW notes AS SELECT id, text FROM kept WHERE ({LONG}) = 3"
        ))
        .unwrap();
    Tally::create(TallyCreate {
        id: "b".into(),
        number: 8,
    })
    .exec(&gm)
    .await
    .unwrap();
    let mut read = Box::pin(Note::get(&gm, 1));
    assert!(poll!(&mut read).is_pending());
    assert_eq!(read.await.unwrap().text, "a");
}

/// Some rows are few instructions. If each has a megabyte, they take seconds.
#[tokio::test]
async fn long_texts_are_searched_within_the_time() {
    let folder = Folder::new();
    let gm = open(&folder, NOTES, Duration::from_secs(1)).await;
    folder
        .other()
        .execute_batch(
            "DROP TABLE notes;
             CREATE VIEW notes AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 150)
                 SELECT id, replace(hex(zeroblob(475000 + id)), '0', 'a') AS text FROM n;",
        )
        .unwrap();
    for part in ["b".to_owned(), "a".repeat(63) + "b", "a".repeat(65) + "b"] {
        let read = ends(Note::filter(|n| n.text.contains(part.as_str())).count(&gm)).await;
        assert!(
            matches!(read, Err(Error::Query(QueryError::ReadTimeout { .. }))),
            "{read:?}"
        );
    }
}

#[tokio::test]
async fn a_text_contains_its_parts_whatever_their_lengths() {
    let folder = Folder::new();
    let gm = folder.builder().manager::<Note>().build().await.unwrap();
    let long = format!("{}\u{e4}b{}", "a".repeat(70_000), "c".repeat(70_000));
    for text in ["a", "\u{e4}b", &long] {
        Note::create(note(text)).exec(&gm).await.unwrap();
    }
    let most = "a".repeat(100) + "\u{e4}b" + &"c".repeat(100);
    for (part, ids) in [
        ("", vec![1, 2, 3]),
        ("a", vec![1, 3]),
        ("\u{e4}", vec![2, 3]),
        ("b", vec![2, 3]),
        ("ac", vec![]),
        (&most, vec![3]),
    ] {
        let found = Note::filter(|n| n.text.contains(part)).order_by(|n| n.id.asc());
        let found: Vec<_> = found.all(&gm).await.unwrap().iter().map(|note| note.id).collect();
        assert_eq!(found, ids, "{part:?}");
    }
}

#[tokio::test]
async fn a_write_that_reads_for_too_long_is_undone_and_other_writes_succeed() {
    let folder = Folder::new();
    let gm = open(&folder, &format!("{NOTES}{ENDLESS}"), Duration::from_millis(300)).await;
    let (row, update) = (Tally::by_id("a"), Tally::by_id("a").update().number(1));
    let mut late = Box::pin(async { futures_util::join!(update.exec(&gm), row.delete(&gm)) });
    assert!(poll!(&mut late).is_pending());
    ends(Note::create(note("a")).exec(&gm)).await.unwrap();
    let (updated, deleted) = ends(late).await;
    assert!(is_late(&updated), "{updated:?}");
    assert!(is_late(&deleted), "{deleted:?}");
}

/// SQLite rolls the whole transaction back if it interrupts a statement that writes.
#[tokio::test]
async fn an_endless_trigger_undoes_only_its_own_write() {
    let folder = Folder::new();
    let trigger = "CREATE TRIGGER counts AFTER INSERT ON notes WHEN new.text = 'endless'
             BEGIN DELETE FROM numbers WHERE number < (SELECT number FROM tallies); END;";
    let gm = open(
        &folder,
        &format!("{NOTES}{ENDLESS}{trigger}"),
        Duration::from_millis(300),
    )
    .await;
    let texts = (0..20).map(|n| if n % 8 == 3 { "endless" } else { "a" });
    let creates = texts.map(|text| Note::create(note(text)).exec(&gm));
    let written = ends(begin(creates).await).await;
    for (n, written) in written.iter().enumerate() {
        assert_eq!(is_late(written), n % 8 == 3, "{n}: {written:?}");
        assert_eq!(written.is_ok(), n % 8 != 3, "{n}: {written:?}");
    }
    assert_eq!(Note::count(&gm).await.unwrap(), 17);
}

/// The taken field is not looked up in a view.
#[tokio::test]
async fn a_conflict_behind_a_view_does_not_read_the_view() {
    let folder = Folder::new();
    let gm = open(&folder, &format!("{NOTES}{ENDLESS}"), Duration::from_secs(3_600)).await;
    let taken = TallyCreate {
        id: "a".into(),
        number: 7,
    };
    let refused = ends(Tally::create(taken).exec(&gm)).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
}
