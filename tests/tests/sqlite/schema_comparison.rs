//! Tables that fit their managers, and tables that do not.

use gm_runtime::{Error, GeneralManager, GmBuilder};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::Folder;
use crate::unique::Book;

pub(crate) async fn refused(builder: GmBuilder) -> String {
    match builder.build().await {
        Err(Error::Configuration(message)) => message,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was built"),
    }
}

/// The error of a service for this table of books.
pub(crate) async fn error_for_books(sql: &str) -> String {
    let folder = Folder::new();
    folder.other().execute_batch(sql).unwrap();
    refused(folder.builder().manager::<Book>()).await
}

pub(crate) async fn fits(sql: &str) {
    let folder = Folder::new();
    folder.other().execute_batch(sql).unwrap();
    if let Err(error) = folder.builder().manager::<Book>().build().await {
        panic!("{sql}\n{error}");
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "loans")]
struct Loan {
    #[field(id)]
    id: Uuid,
    #[field(max_length = 100)]
    reader: String,
    #[field(max_digits = 8, decimal_places = 2)]
    fee: Decimal,
}

#[tokio::test]
async fn one_error_names_every_difference_of_every_table() {
    let folder = Folder::new();
    let other = folder.other();
    other
        .execute_batch(
            "CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, isbn_13 INTEGER NOT NULL);
             CREATE TABLE loans (id char(32) NOT NULL PRIMARY KEY, reader varchar(50), fee decimal(8, 2) NOT NULL)",
        )
        .unwrap();
    let message = refused(folder.builder().manager::<Book>().manager::<Loan>()).await;
    for part in [
        "`Book`.`title` in the table `books`: no unique index is on the column `title` alone",
        "`Book`.`isbn` in the table `books`: the column `isbn_13` is `INTEGER`, which does not store",
        "`Book`.`isbn` in the table `books`: the column `isbn_13` is NOT NULL, and the field is an `Option`",
        "`Book`.`year` in the table `books`: there is no column `year`; expected `INTEGER NOT NULL`",
        "`Loan`.`id` in the table `loans`: the column `id` is `char(32)`, and the field holds up to 36",
        "`Loan`.`reader` in the table `loans`: the column `reader` is `varchar(50)`, and the field holds up to 100",
        "`Loan`.`reader` in the table `loans`: the column `reader` may be null",
        "`Loan`.`fee` in the table `loans`: the column `fee` is `decimal(8, 2)`, in which other programs store the numbers",
        "ALTER TABLE \"loans\" RENAME TO \"loans__old\"",
    ] {
        assert!(message.contains(part), "no `{part}` in:\n{message}");
    }
    // Nothing was changed.
    let tables: i64 = other
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE sql IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(tables, 3);
}

#[tokio::test]
async fn every_kind_of_difference_is_refused() {
    let fitting = "id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL UNIQUE, isbn_13 TEXT UNIQUE, \
                   year INTEGER NOT NULL";
    let index = "CREATE INDEX by_year ON books (year)";
    fits(&format!("CREATE TABLE books ({fitting}); {index}")).await;
    for (from, to, part) in [
        ("PRIMARY KEY AUTOINCREMENT", "NOT NULL", "SQLite assigns no ids"),
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT",
            "id BIGINT PRIMARY KEY",
            "SQLite assigns no ids",
        ),
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT, ",
            "",
            "there is no column `id`, which identifies the rows",
        ),
        ("title TEXT", "title NUMERIC", "`title` is `NUMERIC`"),
        ("title TEXT NOT NULL", "title TEXT", "`title` may be null"),
        (
            "title TEXT",
            "title TEXT COLLATE NOCASE",
            "`title` is COLLATE NOCASE",
        ),
        ("year INTEGER", "year REAL", "`year` is `REAL`"),
        ("year INTEGER", "year INTEGER AS (1)", "`year` is computed"),
        (
            "isbn_13 TEXT UNIQUE",
            "isbn_13 TEXT",
            "no unique index is on the column `isbn_13`",
        ),
        (
            "isbn_13 TEXT UNIQUE",
            "isbn_13 TEXT, UNIQUE (isbn_13, id)",
            "no unique index is on the column `isbn_13`",
        ),
        (
            "year INTEGER NOT NULL",
            "year INTEGER NOT NULL, shelf TEXT NOT NULL",
            "every create fails",
        ),
    ] {
        assert!(fitting.contains(from), "{from}");
        let columns = fitting.replace(from, to);
        let (columns, constraint) = match columns.split_once(", UNIQUE (isbn_13, id)") {
            Some((before, after)) => (format!("{before}{after}"), ", UNIQUE (isbn_13, id)"),
            None => (columns, ""),
        };
        let index = if columns.contains("year INTEGER AS") {
            ""
        } else {
            index
        };
        let message = error_for_books(&format!("CREATE TABLE books ({columns}{constraint}); {index}")).await;
        assert!(message.contains(part), "no `{part}` in:\n{message}");
        assert_eq!(message.matches("\n- `").count(), 1, "{message}");
    }
    for index in [
        "",
        "CREATE INDEX by_year ON books (year) WHERE year > 0",
        "CREATE INDEX by_year ON books (title, year)",
        "CREATE INDEX by_year ON books (year + 1)",
        "CREATE INDEX by_year ON books (year COLLATE NOCASE)",
    ] {
        let message = error_for_books(&format!("CREATE TABLE books ({fitting}); {index}")).await;
        assert!(
            message.contains("no index begins with the column `year`"),
            "{message}"
        );
    }
    let fitting = fitting.replace("isbn_13 TEXT UNIQUE", "isbn_13 TEXT");
    fits(&format!(
        "CREATE TABLE books ({fitting}); {index}; CREATE UNIQUE INDEX by_isbn ON books (isbn_13)"
    ))
    .await;
    for by_isbn in [
        "CREATE INDEX by_isbn ON books (isbn_13)",
        "CREATE UNIQUE INDEX by_isbn ON books (isbn_13) WHERE year > 0",
        "CREATE UNIQUE INDEX by_isbn ON books (lower(isbn_13))",
    ] {
        let message = error_for_books(&format!("CREATE TABLE books ({fitting}); {index}; {by_isbn}")).await;
        assert!(
            message.contains("no unique index is on the column `isbn_13`"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_caller_assigned_id_must_be_unique() {
    let said = async |id: &str| {
        let folder = Folder::new();
        let table = format!("CREATE TABLE loans (id {id}, reader TEXT NOT NULL, fee INTEGER NOT NULL)");
        folder.other().execute_batch(&table).unwrap();
        folder
            .builder()
            .manager::<Loan>()
            .build()
            .await
            .err()
            .map(|error| error.to_string())
    };
    for unique in ["TEXT NOT NULL PRIMARY KEY", "TEXT NOT NULL UNIQUE"] {
        assert_eq!(said(unique).await, None);
    }
    let refused = said("TEXT NOT NULL").await.unwrap();
    assert!(
        refused.contains("so several rows could have the same id"),
        "{refused}"
    );
}

/// Each of these would fail at every request, or accept two rows with one id.
#[tokio::test]
async fn columns_that_accept_more_than_their_words_say_are_refused() {
    let loans = async |id: &str, more: &str| {
        let folder = Folder::new();
        let table = format!("CREATE TABLE loans (id {id}, reader TEXT NOT NULL, fee INTEGER NOT NULL{more}");
        folder.other().execute_batch(&table).unwrap();
        refused(folder.builder().manager::<Loan>()).await
    };
    for (id, more, part) in [
        (
            "TEXT PRIMARY KEY",
            ")",
            "the column `id` may be null, although it is the primary key",
        ),
        ("TEXT UNIQUE", ")", "the column `id` may be null"),
    ] {
        let message = loans(id, more).await;
        assert!(message.contains(part), "no `{part}` in:\n{message}");
        assert_eq!(message.matches("\n- `").count(), 1, "{message}");
    }
    for (shelf, part) in [
        (
            "TEXT NOT NULL DEFAULT NULL",
            "can't hold its default (NOT NULL constraint failed",
        ),
        (
            "TEXT NOT NULL DEFAULT (nullif('a', 'a'))",
            "can't hold its default (NOT NULL",
        ),
        ("TEXT CONSTRAINT a NOT NULL CONSTRAINT b", "has no default"),
        (
            "TEXT NOT NULL DEFAULT '' CHECK (shelf <> '')",
            "can't hold its default (CHECK constraint failed",
        ),
        ("TEXT, CHECK (shelf IS NOT NULL)", "can't hold null (CHECK"),
        (
            "INTEGER DEFAULT (abs(-9223372036854775808))",
            "can't hold its default (integer overflow",
        ),
    ] {
        let message = error_for_books(&format!(
            "CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL UNIQUE, isbn_13 TEXT UNIQUE,
                 year INTEGER NOT NULL, shelf {shelf}); CREATE INDEX by_year ON books (year)"
        ))
        .await;
        assert!(
            message.contains(part) && message.contains("every create fails"),
            "no `{part}` in:\n{message}"
        );
    }
    for null in ["NOT NULL", ""] {
        let message = error_for_books(&format!(
            "CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL UNIQUE, isbn_13 TEXT UNIQUE,
                 year INTEGER NOT NULL, shelf INTEGER {null} DEFAULT 'none') STRICT; CREATE INDEX by_year ON books (year)"
        ))
        .await;
        assert!(
            message.contains("can't hold its default (cannot store TEXT"),
            "{message}"
        );
    }
    let message = error_for_books(
        "CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, isbn_13 TEXT UNIQUE, year INTEGER NOT NULL);
         CREATE INDEX by_year ON books (year); CREATE UNIQUE INDEX by_title ON books (title COLLATE NOCASE)",
    )
    .await;
    assert!(
        message.contains("no unique index is on the column `title` alone"),
        "{message}"
    );
}

/// An id that could have two rows is refused. A unique index solves that without a rebuild.
#[tokio::test]
async fn an_id_gets_a_unique_index() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch(
            "CREATE TABLE loans (number INTEGER PRIMARY KEY, id TEXT NOT NULL, reader TEXT NOT NULL, fee INTEGER NOT NULL)",
        )
        .unwrap();
    let sql = folder.builder().manager::<Loan>().schema_changes().unwrap();
    assert!(!sql.contains("RENAME"), "{sql}");
    folder.other().execute_batch(&sql).unwrap();
    folder.builder().manager::<Loan>().build().await.unwrap();
}

/// FTS5 accepts two rows with one id.
#[tokio::test]
async fn a_virtual_table_is_refused() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch("CREATE VIRTUAL TABLE loans USING fts5(id, reader, fee)")
        .unwrap();
    let message = refused(folder.builder().manager::<Loan>()).await;
    assert!(message.contains("of a virtual table"), "{message}");
}

#[tokio::test]
async fn text_in_utf_16_is_refused() {
    for encoding in ["UTF-16le", "UTF-16be"] {
        let folder = Folder::new();
        folder
            .other()
            .execute_batch(&format!(
                "PRAGMA encoding = '{encoding}'; CREATE TABLE anothers (a)"
            ))
            .unwrap();
        let message = refused(folder.builder().manager::<Book>()).await;
        assert!(
            message.contains(encoding) && message.contains("code points"),
            "{message}"
        );
        let message = folder
            .builder()
            .manager::<Book>()
            .schema_changes()
            .unwrap_err()
            .to_string();
        assert!(message.contains(encoding), "{message}");
        // No table was created.
        assert_eq!(
            crate::shell::all(&folder.other(), "SELECT name FROM sqlite_schema"),
            ["anothers"]
        );
    }
}

#[tokio::test]
async fn a_view_is_refused() {
    let folder = Folder::new();
    let other = folder.other();
    other
        .execute_batch("CREATE VIEW books AS SELECT 1 AS id, 'A' AS title, NULL AS isbn_13, 2000 AS year")
        .unwrap();
    let message = refused(folder.builder().manager::<Book>()).await;
    assert!(message.contains("the column `id` is of a view"), "{message}");
    other
        .execute_batch("CREATE VIEW loans AS SELECT 'a' AS id, 'A' AS reader, 1 AS fee")
        .unwrap();
    let message = refused(folder.builder().manager::<Loan>()).await;
    assert!(
        message.contains("`loans`") && message.contains("view"),
        "{message}"
    );
}

/// No statement adds a column to a view.
#[tokio::test]
async fn a_view_without_a_column_gets_no_alter_table() {
    let folder = Folder::new();
    let view = "CREATE VIEW loans AS SELECT 'a' AS id, 'b' AS reader";
    folder.other().execute_batch(view).unwrap();
    let message = refused(folder.builder().manager::<Loan>()).await;
    assert!(
        message.contains("there is no column `fee`") && !message.contains("ALTER TABLE"),
        "{message}"
    );
}
