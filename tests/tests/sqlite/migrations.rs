//! The printed SQL that creates and changes tables.

use gm_runtime::interface::SqlDialect;
use gm_runtime::{Error, FieldType, GeneralManager, Gm, GmBuilder};
use rust_decimal::Decimal;

use crate::Folder;
use crate::model::{Item, item};
use crate::shell::{all, run_on};
use crate::unique::{Book, BookCreate};

/// A service with `create_tables(false)`.
async fn starts(builder: GmBuilder) -> Gm {
    builder.create_tables(false).build().await.unwrap()
}

#[tokio::test]
async fn the_printed_sql_creates_the_tables() {
    let folder = Folder::new();
    let builder = || folder.builder().manager::<Item>().manager::<Book>();
    let refused = builder().create_tables(false).build().await.unwrap_err();
    assert!(
        refused.to_string().contains("there is no such table"),
        "{refused}"
    );
    let sql = builder().schema(SqlDialect::Sqlite).unwrap();
    folder.other().execute_batch(&sql).unwrap();
    assert_eq!(builder().schema_changes().unwrap(), "");
    let gm = starts(builder()).await;
    Item::create(item("a")).exec(&gm).await.unwrap();
    // They equal the tables that `build` creates.
    let made = Folder::new();
    made.builder()
        .manager::<Item>()
        .manager::<Book>()
        .build()
        .await
        .unwrap();
    assert_eq!(tables(&made), tables(&folder));
}

fn tables(folder: &Folder) -> Vec<String> {
    let other = folder.other();
    let mut statement = other
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY 1")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Runs the printed SQL on a file with this content, and returns the SQL.
async fn changed_by_printed_sql(folder: &Folder, before: &str) -> (String, Gm) {
    let other = folder.other();
    other.execute_batch(before).unwrap();
    let builder = || folder.builder().manager::<Book>();
    let sql = builder().schema_changes().unwrap();
    if let Err(error) = other.execute_batch(&sql) {
        panic!("{error}\n{sql}");
    }
    let left = builder().schema_changes().unwrap();
    assert_eq!(left, "", "{sql}");
    (sql, starts(builder()).await)
}

#[tokio::test]
async fn columns_and_indexes_are_added() {
    let folder = Folder::new();
    let (sql, gm) = changed_by_printed_sql(
        &folder,
        "CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL);
         INSERT INTO books (title) VALUES ('A'), ('B')",
    )
    .await;
    assert_eq!(
        sql,
        r#"-- `Book`.`title` in the table `books`: no unique index is on the column `title` alone, and the field is `unique`
-- `Book`.`isbn` in the table `books`: there is no column `isbn_13`; expected `TEXT`
-- `Book`.`year` in the table `books`: there is no column `year`; expected `INTEGER NOT NULL`
ALTER TABLE "books" ADD COLUMN "isbn_13" TEXT;
-- Rows without "year" get 0, the field's default.
ALTER TABLE "books" ADD COLUMN "year" INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX "books__title_unique" ON "books" ("title");
CREATE UNIQUE INDEX "books__isbn_13_unique" ON "books" ("isbn_13");
CREATE INDEX "books__year_index" ON "books" ("year");
"#
    );
    let books = Book::order_by(|b| b.id.asc()).all(&gm).await.unwrap();
    let titles: Vec<_> = books
        .iter()
        .map(|book| (book.title.as_str(), book.year))
        .collect();
    assert_eq!(titles, [("A", 0), ("B", 0)]);
}

#[tokio::test]
async fn a_rebuilt_table_keeps_everything() {
    let folder = Folder::new();
    let (sql, gm) = changed_by_printed_sql(
        &folder,
        "CREATE TABLE readers (id INTEGER PRIMARY KEY);
         CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, title varchar(80), isbn_13 TEXT NOT NULL,
             year TEXT, shelf varchar(9) NOT NULL DEFAULT 'it''s', room INTEGER, UNIQUE (shelf, id));
         CREATE TABLE loans (book INTEGER REFERENCES books (id));
         CREATE INDEX by_room ON books (room);
         CREATE TABLE log (book INTEGER);
         CREATE TRIGGER lent AFTER INSERT ON books BEGIN INSERT INTO log VALUES (new.id); END;
         INSERT INTO books (title, isbn_13, year, room) VALUES ('A', '1', '1999', 7), ('B', '2', NULL, NULL), ('C', '3', '1', 1);
         INSERT INTO loans VALUES (1);
         DELETE FROM books WHERE title = 'C';
         DELETE FROM log",
    )
    .await;
    assert!(
        sql.contains(r#"-- Rows without "title" get '', a placeholder: replace it"#),
        "{sql}"
    );
    let books = Book::order_by(|b| b.id.asc()).all(&gm).await.unwrap();
    let found: Vec<_> = books
        .iter()
        .map(|book| (book.id, book.title.as_str(), book.isbn.as_deref(), book.year))
        .collect();
    assert_eq!(found, [(1, "A", Some("1"), 1999), (2, "B", Some("2"), 0)]);
    // The id of the deleted row is not reused, and the trigger still exists.
    let next = Book::create(BookCreate { title: "D".into() })
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(next.id, 4);
    let other = folder.other();
    let count = |sql: &str| other.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT book FROM log"), 4);
    assert_eq!(count("SELECT count(*) FROM books WHERE shelf = 'it''s'"), 3);
    assert_eq!(count("SELECT room FROM books WHERE id = 1"), 7);
    assert_eq!(count("SELECT count(*) FROM pragma_index_info('by_room')"), 1);
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_eq!(
        count("SELECT count(*) FROM pragma_foreign_key_list('loans') WHERE \"table\" = 'books'"),
        1
    );
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "fees")]
pub(crate) struct Fee {
    #[field(id)]
    id: i64,
    #[field(max_digits = 8, decimal_places = 2)]
    amount: Decimal,
}

#[tokio::test]
async fn numbers_become_units_of_the_last_place() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch(
            "CREATE TABLE fees (id INTEGER PRIMARY KEY AUTOINCREMENT, amount decimal(8, 2) NOT NULL);
             INSERT INTO fees (amount) VALUES (12.5), (12), (-0.29), ('4.35')",
        )
        .unwrap();
    let builder = || folder.builder().manager::<Fee>();
    let sql = builder().schema_changes().unwrap();
    folder.other().execute_batch(&sql).unwrap();
    // Units are not converted twice.
    assert!(folder.other().execute_batch(&sql).is_err());
    let gm = starts(builder()).await;
    let fees = Fee::order_by(|f| f.id.asc()).all(&gm).await.unwrap();
    let amounts: Vec<_> = fees.iter().map(|fee| fee.amount.to_string()).collect();
    assert_eq!(amounts, ["12.50", "12.00", "-0.29", "4.35"]);
}

/// Other programs store decimals as text, where 12 is not 0.12 either.
#[tokio::test]
async fn texts_of_numbers_become_units_and_other_texts_fail() {
    for (declared, amounts, fits) in [
        ("TEXT", "('12.5'), ('12'), ('-0.29'), ('4.35')", true),
        ("varchar(20)", "('12.5'), ('12'), ('-.29'), ('+4.350')", true),
        ("TEXT", "('12'), ('n/a')", false),
        ("TEXT", "('12'), ('')", false),
        ("TEXT", "('12,50')", false),
        ("decimal(8, 2)", "(12.5), ('n/a')", false),
        ("decimal(8, 2)", "(12.5), (1e300)", false),
        ("REAL", "(12.5), (9e999)", false),
        ("REAL", "(12.5), (12), (-0.29), (4.35)", true),
        // A number with more places is not rounded, and text that only begins with a number is not a number.
        ("REAL", "(12.505)", false),
        ("decimal(8, 2)", "(12), (0.001)", false),
        ("TEXT", "('12.345')", false),
        ("TEXT", "('1-2')", false),
        ("TEXT", "('2024-01-31')", false),
        ("TEXT", "('1.2.3')", false),
        ("decimal(8, 2)", "(1000000)", false),
        ("TEXT", "('1.0000000001')", false),
        ("TEXT", "('0.000000009')", false),
        ("TEXT", "('-99999.00000000001')", false),
        ("TEXT", "('9.99999999999999')", false),
        ("TEXT", "('1.00000000000000000001')", false),
        ("TEXT", "('1e-400')", false),
        ("REAL", "(1.000000004)", false),
        ("REAL", "(0.000000009)", false),
        ("REAL", "(9.99999999999999)", false),
        (
            "TEXT",
            "('1.25e1'), ('12.000000000000000000'), ('-29e-2'), ('0043.5e-1')",
            true,
        ),
        ("REAL", "(12.5), (12), (0.1 - 0.39), (4.35)", true),
    ] {
        let folder = Folder::new();
        let other = folder.other();
        let table = format!(
            "CREATE TABLE fees (id INTEGER PRIMARY KEY AUTOINCREMENT, amount {declared} NOT NULL);
             INSERT INTO fees (amount) VALUES {amounts}"
        );
        other.execute_batch(&table).unwrap();
        let builder = || folder.builder().manager::<Fee>();
        let sql = builder().schema_changes().unwrap();
        let errors = run_on(&other, &sql);
        if !fits {
            assert!(!errors.is_empty(), "{amounts}\n{sql}");
            let kept = "SELECT type FROM pragma_table_info('fees') WHERE name = 'amount'";
            assert_eq!(all(&other, kept), [declared], "{sql}");
            continue;
        }
        assert_eq!(errors, [""; 0], "{sql}");
        let gm = starts(builder()).await;
        let fees = Fee::order_by(|f| f.id.asc()).all(&gm).await.unwrap();
        let amounts: Vec<_> = fees.iter().map(|fee| fee.amount.to_string()).collect();
        assert_eq!(amounts, ["12.50", "12.00", "-0.29", "4.35"], "{sql}");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, FieldType)]
enum Kind {
    Food,
    SpareParts,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "things")]
struct Thing {
    #[field(id)]
    id: i64,
    kind: Kind,
    #[field(default)]
    pieces: i32,
}

/// An enum does not accept the empty text, so there is no placeholder that it can read.
#[tokio::test]
async fn the_backfill_of_an_enum_is_left_to_a_person() {
    let kind = r#"-- Rows without "kind" get '', a placeholder that the field can't read (expected one of "food", "spare_parts", got ""): replace it with the right value."#;
    for (before, wanted) in [
        (
            "kind TEXT NOT NULL",
            ["there is no column `pieces`", r#"ADD COLUMN "pieces""#],
        ),
        ("pieces INTEGER NOT NULL", ["there is no column `kind`", kind]),
        ("kind NUMERIC, pieces INTEGER NOT NULL", ["rebuilt", kind]),
    ] {
        let folder = Folder::new();
        folder
            .other()
            .execute_batch(&format!(
                "CREATE TABLE things (id INTEGER PRIMARY KEY AUTOINCREMENT, {before})"
            ))
            .unwrap();
        let builder = || folder.builder().manager::<Thing>();
        let refused = builder().build().await.unwrap_err().to_string();
        for words in wanted {
            assert!(refused.contains(words), "{refused}");
        }
        let sql = builder().schema_changes().unwrap();
        let sql = sql.replace("''", "'food'");
        folder.other().execute_batch(&sql).unwrap();
        starts(builder()).await;
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "prices")]
struct Price {
    #[field(id)]
    id: i64,
    #[field(max_digits = 4, decimal_places = 2, default = Decimal::new(12_345, 0))]
    amount: Decimal,
    currency: String,
}

#[tokio::test]
async fn a_default_that_does_not_fit_is_reported_with_the_differences() {
    let unfit = r#"-- Rows without "amount" get 0, a placeholder, since the field's default does not fit it (expected at most 4 digits"#;
    for (before, wanted) in [
        ("", "ADD COLUMN"),
        (", currency TEXT, amount INTEGER", "the table is rebuilt"),
    ] {
        let folder = Folder::new();
        folder
            .other()
            .execute_batch(&format!(
                "CREATE TABLE prices (id INTEGER PRIMARY KEY AUTOINCREMENT{before}); INSERT INTO prices (id) VALUES (1)"
            ))
            .unwrap();
        let builder = || folder.builder().manager::<Price>();
        let refused = builder().build().await.unwrap_err().to_string();
        for words in ["the column `currency`", "the column `amount`"] {
            assert!(refused.replace("there is no", "the").contains(words), "{refused}");
        }
        assert!(refused.contains(unfit) && refused.contains(wanted), "{refused}");
        folder
            .other()
            .execute_batch(&builder().schema_changes().unwrap())
            .unwrap();
        starts(builder()).await;
    }
}

#[tokio::test]
async fn a_difference_without_a_statement_is_a_comment() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch(
            "CREATE TABLE fees (id INTEGER PRIMARY KEY AUTOINCREMENT, payer TEXT NOT NULL,
                 amount INTEGER NOT NULL CONSTRAINT decimal_places_2 CHECK (typeof(amount) = 'integer'))",
        )
        .unwrap();
    let sql = folder.builder().manager::<Fee>().schema_changes().unwrap();
    assert!(
        sql.starts_with("-- `Fee` in the table `fees`: the column `payer` is NOT NULL"),
        "{sql}"
    );
    assert_eq!(sql.lines().count(), 1, "{sql}");
    // A manager that does not create may read the table.
    folder.builder().manager::<Fee>().build().await.unwrap();
}

#[test]
fn schema_changes_needs_a_file() {
    let folder = Folder::new();
    let builder = folder.builder().manager::<Fee>();
    let error = builder.schema_changes().unwrap_err();
    assert!(
        matches!(error, Error::Storage(_)) && error.to_string().contains("test.db"),
        "{error}"
    );
    assert!(!folder.path().exists());
    let error = Gm::builder().manager::<Fee>().schema_changes().unwrap_err();
    assert!(error.to_string().contains(".database("), "{error}");
}
