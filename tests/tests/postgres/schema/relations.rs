//! Views, foreign tables, and tables with rules, policies or children.

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::postgres::Database;

use super::{BOOKS, Book, books, changes, has_statement, refused};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "titles")]
#[permission(read = public)]
#[remote_api(resource = "titles", allow_filter, allow_detail)]
struct Title {
    #[field(id)]
    id: i64,
    title: String,
    #[field(default)]
    isbn: Option<String>,
}

fn titles(database: &Database) -> GmBuilder {
    Gm::builder().database(database.url()).manager::<Title>()
}

#[tokio::test]
async fn a_view_is_compared_by_the_types_of_its_columns() {
    let database = Database::create().await;
    database
        .execute(&format!(
            "{BOOKS} CREATE VIEW titles AS SELECT id, title, isbn_13 AS isbn FROM books"
        ))
        .await;
    assert_eq!(changes(titles(&database)), "");
    for (view, part) in [
        (
            "SELECT id, title FROM books",
            "there is no column `isbn`, and no statement adds one: create it again with `isbn`",
        ),
        (
            "SELECT id, year AS title, isbn_13 AS isbn FROM books",
            "the column `title` is `integer`",
        ),
        (
            "SELECT id, title COLLATE folded AS title, isbn_13 AS isbn FROM books",
            "COLLATE folded, by which different texts can be equal; expected COLLATE \"C\", and lookups that ignore case are `iexact` and \
             its like; in a view it is `\"title\" COLLATE \"C\" AS \"title\"`",
        ),
    ] {
        database
            .execute(&format!(
                "CREATE COLLATION IF NOT EXISTS folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
                 DROP VIEW titles; CREATE VIEW titles AS {view}"
            ))
            .await;
        let message = refused(titles(&database)).await;
        assert!(message.contains(part), "no `{part}` in:\n{message}");
        assert!(!has_statement(&changes(titles(&database))));
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "titles")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(resource = "titles", allow_filter, allow_create, allow_update, allow_delete)]
struct WrittenTitle {
    #[field(id)]
    id: i64,
    title: String,
}

#[tokio::test]
async fn what_a_view_does_not_accept_is_named() {
    let database = Database::create().await;
    let builder = || Gm::builder().database(database.url()).manager::<WrittenTitle>();
    database
        .execute(&format!(
            "{BOOKS} CREATE VIEW titles AS SELECT id, title FROM books"
        ))
        .await;
    assert_eq!(changes(builder()), "");
    database
        .execute("DROP VIEW titles; CREATE VIEW titles AS SELECT DISTINCT id, title FROM books")
        .await;
    let message = refused(builder()).await;
    for (command, operation) in [("INSERT", "create"), ("UPDATE", "update"), ("DELETE", "delete")] {
        let part = format!(
            "it accepts no {command}, so every {operation} fails: give it a trigger INSTEAD OF {command}, or leave `allow_{operation}` out"
        );
        assert!(message.contains(&part), "no `{part}` in:\n{message}");
    }
    database
        .execute(
            "CREATE FUNCTION write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
             CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE OR DELETE ON titles FOR EACH ROW EXECUTE FUNCTION write()",
        )
        .await;
    assert_eq!(changes(builder()), "");
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "titles")]
#[permission(read = public)]
#[remote_api(resource = "titles", allow_filter, websocket_invalidation)]
struct WatchedTitle {
    #[field(id)]
    id: i64,
    title: String,
}

/// Its rows change with a refresh, which no subscriber would be notified of.
#[tokio::test]
async fn a_materialized_view_has_no_events() {
    let database = Database::create().await;
    database
        .execute(&format!(
            "{BOOKS} CREATE MATERIALIZED VIEW titles AS SELECT id, title, isbn_13 AS isbn FROM books"
        ))
        .await;
    assert_eq!(changes(titles(&database)), "");
    let watched = Gm::builder().database(database.url()).manager::<WatchedTitle>();
    let message = refused(watched).await;
    assert!(
        message.contains("it is a materialized view, whose rows change with REFRESH MATERIALIZED VIEW"),
        "{message}"
    );
}

#[tokio::test]
async fn another_relation_is_no_table() {
    let database = Database::create().await;
    for (create, drop) in [
        ("CREATE SEQUENCE titles", "DROP SEQUENCE titles"),
        ("CREATE TYPE titles AS (id int)", "DROP TYPE titles"),
    ] {
        database.execute(create).await;
        let message = refused(titles(&database)).await;
        assert!(
            message.contains("`titles` is neither a table nor a view: the schema `public` has an index, a sequence or a type of this name"),
            "{message}"
        );
        database.execute(drop).await;
    }
}

/// Postgres refuses such rules in the statements of a manager.
#[tokio::test]
async fn rules_that_make_writes_fail_are_refused() {
    let database = Database::create().await;
    database
        .execute(&format!(
            "{BOOKS} CREATE RULE \"tell all\" AS ON INSERT TO books DO ALSO NOTIFY books"
        ))
        .await;
    let message = refused(books(&database)).await;
    assert!(
        message.contains("its rule \"tell all\" on INSERT makes every INSERT fail, because the statements of a manager are inside of a `WITH`"),
        "{message}"
    );
    let write = "WITH w AS (INSERT INTO books (title, year) VALUES ('A', 1) RETURNING id) SELECT id FROM w";
    assert!(database.connect().await.batch_execute(write).await.is_err());
    database.execute("DROP RULE \"tell all\" ON books").await;
    database.execute(write).await;
    assert_eq!(changes(books(&database)), "");
}

#[tokio::test]
async fn what_other_programs_may_do_is_a_warning() {
    let database = Database::create().await;
    let role = format!("role_{}", database.name());
    database
        .execute(&format!(
            "CREATE ROLE {role} LOGIN; {BOOKS} GRANT ALL ON books TO {role}; ALTER TABLE books ENABLE ROW LEVEL SECURITY;
             ALTER TABLE books SET UNLOGGED; CREATE TABLE old_books () INHERITS (books)"
        ))
        .await;
    let url = database
        .url()
        .replace("postgres://postgres@", &format!("postgres://{role}@"));
    let builder = || Gm::builder().database(url.clone()).manager::<Book>();
    let warnings = changes(builder());
    assert!(!has_statement(&warnings), "{warnings}");
    for part in [
        "it is UNLOGGED, so a crash of the server empties it",
        "policies of row security hold for the role",
        "other tables inherit from it",
    ] {
        assert!(warnings.contains(part), "no `{part}` in:\n{warnings}");
    }
    // They do not hold for the owner.
    let of_owner = changes(books(&database));
    assert!(!of_owner.contains("row security"), "{of_owner}");
    database
        .execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}

/// A trigger before the insert may fill a column, which nothing else says.
#[tokio::test]
async fn a_column_that_a_trigger_may_fill_is_a_warning() {
    let database = Database::create().await;
    let filled = BOOKS.replace("year INTEGER", "changed TIMESTAMPTZ NOT NULL, year INTEGER");
    database.execute(&filled).await;
    let message = refused(books(&database)).await;
    assert!(
        message.contains("`changed` is NOT NULL and has no default"),
        "{message}"
    );
    database
        .execute(
            "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.changed := now(); RETURN new; END';
             CREATE TRIGGER fill BEFORE INSERT ON books FOR EACH ROW EXECUTE FUNCTION fill()",
        )
        .await;
    let warnings = changes(books(&database));
    assert!(
        warnings.contains("every create fails unless a trigger fills it") && !has_statement(&warnings),
        "{warnings}"
    );
}
