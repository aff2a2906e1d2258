//! Rebuilds of tables where the copy fails, or where other objects refer to the table.

use crate::Folder;
use crate::shell::{all, run_on};
use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
struct Note {
    #[field(id)]
    id: i64,
    pages: i32,
}

#[test]
fn a_copy_that_fails_loses_nothing() {
    let folder = Folder::new();
    let other = folder.other();
    other
        .execute_batch(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, pages TEXT NOT NULL);
             CREATE INDEX by_pages ON notes (pages);
             INSERT INTO notes (pages) VALUES ('1'), ('several'), ('3');
             DELETE FROM notes WHERE id = 3;",
        )
        .unwrap();
    let schema = || {
        all(
            &other,
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
        )
    };
    let before = schema();
    let sql = folder.builder().manager::<Note>().schema_changes().unwrap();
    let errors = run_on(&other, &sql);
    assert!(
        errors
            .first()
            .is_some_and(|error| error.contains("the table stays as it was")),
        "{errors:?}\n{sql}"
    );
    assert_eq!(schema(), before, "{sql}");
    assert_eq!(
        all(&other, "SELECT pages FROM notes ORDER BY id"),
        ["1", "several"]
    );
    assert_eq!(all(&other, "SELECT name || seq FROM sqlite_sequence"), ["notes3"]);
    assert!(other.is_autocommit());
}

/// A person may have made copies with these names, which must not be dropped.
#[test]
fn tables_with_the_temporary_names_are_kept() {
    for (pages, fits) in [("2", true), ("several", false)] {
        let folder = Folder::new();
        let other = folder.other();
        let tables = format!(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, pages TEXT NOT NULL);
             INSERT INTO notes (pages) VALUES ('1'), ('{pages}');
             CREATE TABLE Notes__old (id INTEGER PRIMARY KEY, pages TEXT NOT NULL);
             INSERT INTO Notes__old VALUES (7, '7');
             CREATE TABLE notes__copied (pages TEXT);
             INSERT INTO notes__copied VALUES ('8');"
        );
        other.execute_batch(&tables).unwrap();
        let sql = folder.builder().manager::<Note>().schema_changes().unwrap();
        assert_eq!(run_on(&other, &sql).is_empty(), fits, "{sql}");
        assert_eq!(
            all(&other, "SELECT pages || '' FROM notes ORDER BY id"),
            ["1", pages]
        );
        assert_eq!(all(&other, "SELECT pages FROM Notes__old"), ["7"], "{sql}");
        assert_eq!(
            all(&other, "SELECT pages FROM main.notes__copied"),
            ["8"],
            "{sql}"
        );
        assert_eq!(
            folder
                .builder()
                .manager::<Note>()
                .schema_changes()
                .unwrap()
                .is_empty(),
            fits
        );
    }
}

#[tokio::test]
async fn views_and_triggers_refer_to_the_new_table() {
    let folder = Folder::new();
    let other = folder.other();
    other
        .execute_batch(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, pages TEXT NOT NULL);
             CREATE VIEW long AS SELECT id FROM notes WHERE pages > 1;
             CREATE TABLE inks (note INTEGER REFERENCES notes (id));
             CREATE TRIGGER written AFTER INSERT ON inks BEGIN UPDATE notes SET pages = 9 WHERE id = new.note; END;
             INSERT INTO notes (pages) VALUES ('1'), ('2');
             INSERT INTO inks VALUES (1);",
        )
        .unwrap();
    let builder = || folder.builder().manager::<Note>();
    let sql = builder().schema_changes().unwrap();
    if let Err(error) = other.execute_batch(&sql) {
        panic!("{error}\n{sql}");
    }
    other.execute_batch("INSERT INTO inks VALUES (2)").unwrap();
    assert_eq!(
        all(&other, "SELECT 'note ' || id FROM long ORDER BY id"),
        ["note 1", "note 2"]
    );
    let gm = builder().create_tables(false).build().await.unwrap();
    assert_eq!(Note::get(&gm, 2).await.unwrap().pages, 9);
}

/// SQLite accepts a comment without an end.
#[tokio::test]
async fn a_comment_without_an_end_hides_no_statement() {
    for belonging in [
        "CREATE INDEX by_pages ON notes (pages) /* by pages",
        "CREATE INDEX by_pages ON notes (pages) -- by pages",
        "CREATE UNIQUE INDEX by_pages ON notes (pages) WHERE pages <> ';' /* ; -- '",
        "CREATE TRIGGER noted AFTER DELETE ON notes BEGIN SELECT 1; /* a */ SELECT '/*'; END /* noted",
        "CREATE TRIGGER noted AFTER DELETE ON notes BEGIN SELECT 1 --
             ; END --",
    ] {
        let folder = Folder::new();
        let other = folder.other();
        let table = "CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, pages TEXT NOT NULL) /* notes";
        other.execute_batch(table).unwrap();
        other.execute_batch("INSERT INTO notes VALUES (1, '7')").unwrap();
        other.execute_batch(belonging).unwrap();
        let sql = folder.builder().manager::<Note>().schema_changes().unwrap();
        other.execute_batch(&sql).unwrap();
        assert!(other.is_autocommit(), "{sql}");
        assert_eq!(
            all(
                &other,
                "SELECT name FROM sqlite_schema WHERE name IN ('by_pages', 'noted')"
            )
            .len(),
            1
        );
        let gm = folder.builder().manager::<Note>().build().await.unwrap();
        assert_eq!(Note::get(&gm, 1).await.unwrap().pages, 7);
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "signs")]
struct Sign {
    #[field(id)]
    id: i64,
    #[field(default = "one\nDROP TABLE signs;")]
    words: String,
}

#[tokio::test]
async fn a_default_of_several_lines_is_not_run() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch(
            "CREATE TABLE signs (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO signs VALUES (1)",
        )
        .unwrap();
    let builder = || folder.builder().manager::<Sign>();
    let sql = builder().schema_changes().unwrap();
    if let Err(error) = folder.other().execute_batch(&sql) {
        panic!("{error}\n{sql}");
    }
    let gm: Gm = builder().create_tables(false).build().await.unwrap();
    assert_eq!(Sign::get(&gm, 1).await.unwrap().words, "one\nDROP TABLE signs;");
}
