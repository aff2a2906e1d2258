//! Text in another collation than `C`.

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::postgres::Database;

use super::{changed, changes, has_statement, refused};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "words")]
struct Word {
    #[field(id, max_length = 40)]
    id: String,
    #[field(index, max_length = 40)]
    spelling: String,
    #[field(default, blank)]
    meaning: String,
}

fn words(database: &Database) -> GmBuilder {
    Gm::builder().database(database.url()).manager::<Word>()
}

/// A table of another program works, and its lookups use its indexes. Only orders can't.
#[tokio::test]
async fn another_collation_is_a_warning_where_an_index_can_not_sort() {
    let database = Database::create().await;
    database
        .execute(
            "CREATE TABLE words (id TEXT PRIMARY KEY, spelling TEXT NOT NULL, meaning TEXT NOT NULL);
             CREATE INDEX ON words (spelling)",
        )
        .await;
    let sql = changes(words(&database));
    assert!(!has_statement(&sql), "{sql}");
    let differences: Vec<_> = sql.lines().collect();
    // `meaning` has no index, so its collation makes no difference.
    assert_eq!(differences.len(), 2, "{sql}");
    for (difference, column) in differences.iter().zip(["id", "spelling"]) {
        let start = format!(
            "-- `Word`.`{column}` in the table `words`: the column `{column}` is COLLATE default (C.UTF-8), and an order is by code point"
        );
        assert!(difference.starts_with(&start), "{difference}");
    }
    let index = "CREATE INDEX CONCURRENTLY ON \"words\" (\"spelling\" COLLATE \"C\")";
    let alter = "ALTER TABLE \"words\" ALTER COLUMN \"id\" TYPE VARCHAR(40) COLLATE \"C\"";
    assert!(
        differences[1].contains(index) && differences[0].contains(alter),
        "{sql}"
    );
    // What a plan says: the lookup uses the index, and the order does not.
    database
        .execute("INSERT INTO words SELECT n, n, n FROM generate_series(1, 9) n")
        .await;
    let plan = |query: &str| {
        format!("SET enable_seqscan = off; SET enable_bitmapscan = off; EXPLAIN SELECT id FROM words {query}")
    };
    let lookup = database
        .rows(&plan("WHERE id = '7'::text"))
        .await
        .concat()
        .concat();
    assert!(lookup.contains("Index Cond"), "{lookup}");
    let order = plan("ORDER BY id COLLATE \"C\"");
    let sorted = database.rows(&order).await.concat().concat();
    assert!(sorted.contains("Sort Key"), "{sorted}");
    database.execute(alter).await;
    database.execute(index).await;
    assert_eq!(changes(words(&database)), "");
    let ordered = database.rows(&order).await.concat().concat();
    assert!(!ordered.contains("Sort Key"), "{ordered}");
}

/// An index that no lookup by the column can use.
#[tokio::test]
async fn an_index_with_another_collation_than_its_column_does_not_count() {
    let database = Database::create().await;
    database
        .execute(
            "CREATE TABLE words (id TEXT COLLATE \"C\" PRIMARY KEY, spelling TEXT COLLATE \"C\" NOT NULL, meaning TEXT NOT NULL);
             CREATE INDEX by_spelling ON words (spelling COLLATE \"C.utf8\")",
        )
        .await;
    let message = refused(words(&database)).await;
    let part = "no index begins with the column `spelling` (by_spelling has another collation than the column, so no lookup can use it)";
    assert!(message.contains(part), "{message}");
    changed(&database, || words(&database)).await;
}

/// By which "a" and "A" are one text.
#[tokio::test]
async fn a_collation_that_equates_texts_is_refused() {
    let database = Database::create().await;
    let table = "CREATE TABLE words (id TEXT COLLATE \"C\" PRIMARY KEY, spelling TEXT COLLATE folded NOT NULL, meaning TEXT NOT NULL);
                 CREATE INDEX ON words (spelling); INSERT INTO words VALUES ('1', 'a', ''), ('2', 'A', '')";
    let collation =
        "CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";
    database.execute(&format!("{collation}; {table}")).await;
    let message = refused(words(&database)).await;
    let part = "the column `spelling` is COLLATE folded, by which different texts can be equal; expected COLLATE \"C\"";
    assert!(message.contains(part), "{message}");
    changed(&database, || words(&database)).await;
    assert_eq!(
        database.value("SELECT count(DISTINCT spelling) FROM words").await,
        "2"
    );
}

#[tokio::test]
async fn citext_and_enums_become_text() {
    let database = Database::create().await;
    database
        .execute(
            "CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('good', 'bad');
             CREATE TABLE words (id CITEXT PRIMARY KEY, spelling mood NOT NULL DEFAULT 'bad', meaning CHAR(3) NOT NULL);
             CREATE INDEX ON words (spelling); INSERT INTO words VALUES ('A', 'good', 'x'), ('b', DEFAULT, 'xyz')",
        )
        .await;
    let message = refused(words(&database)).await;
    for part in [
        "the column `id` is `citext`, which does not store the field's values unchanged; expected `VARCHAR(40) COLLATE \"C\" NOT NULL`",
        "the column `spelling` is `mood`",
        "the column `meaning` is `character(3)`",
    ] {
        assert!(message.contains(part), "no `{part}` in:\n{message}");
    }
    changed(&database, || words(&database)).await;
    // The default too.
    database
        .execute("INSERT INTO words (id, meaning) VALUES ('c', '')")
        .await;
    let rows = database.rows("SELECT * FROM words ORDER BY 1").await;
    assert_eq!(rows, [["A", "good", "x"], ["b", "bad", "xyz"], ["c", "bad", ""]]);
}
