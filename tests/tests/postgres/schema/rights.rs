//! What the role of a service may do.

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::log;
use gm_tests::postgres::Database;

use super::{BOOKS, Book, books, changed, changes, has_statement, refused};

/// The builder of a service whose role is not the owner of the tables.
fn as_role(database: &Database, role: &str) -> GmBuilder {
    let url = database
        .url()
        .replace("postgres://postgres@", &format!("postgres://{role}@"));
    Gm::builder().database(url)
}

/// A role of the test's own, since roles belong to the server.
async fn new_role(database: &Database) -> String {
    let role = format!("role_{}", database.name());
    database.execute(&format!("CREATE ROLE {role} LOGIN")).await;
    role
}

async fn drop_role(database: &Database, role: &str) {
    database
        .execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}

/// Functions of other roles could be called in place of those of Postgres.
#[tokio::test]
async fn a_schema_in_which_every_role_may_create_functions_is_logged() {
    log::keep();
    let database = Database::create().await;
    let warnings = || log::lines(&["WARN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"]).len();
    let name = database.name();
    for (statement, is_open) in [
        ("REVOKE CREATE ON SCHEMA public FROM PUBLIC".to_owned(), false),
        ("GRANT CREATE ON SCHEMA public TO PUBLIC".to_owned(), true),
        (format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC"), false),
    ] {
        database.execute(&statement).await;
        let before = warnings();
        books(&database).build().await.unwrap().close().await;
        assert_eq!(warnings() > before, is_open, "{statement}");
    }
}

#[tokio::test]
async fn each_missing_right_is_named_with_its_statement() {
    let database = Database::create().await;
    let role = new_role(&database).await;
    let builder = || as_role(&database, &role).manager::<Book>();
    database.execute(BOOKS).await;
    let all = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    for (right, part) in [
        (
            "SELECT",
            "has no right to SELECT its columns `id`, `title`, `isbn_13`, `year`, so every read fails",
        ),
        (
            "INSERT",
            "has no right to INSERT its columns `title`, `isbn_13`, `year`, so every create fails",
        ),
        (
            "UPDATE",
            "has no right to UPDATE its columns `title`, `isbn_13`, `year`, so an update of them fails",
        ),
        ("DELETE", "has no right to DELETE, so every delete fails"),
    ] {
        let others: Vec<_> = all.into_iter().filter(|other| *other != right).collect();
        database
            .execute(&format!(
                "REVOKE ALL ON books FROM {role}; GRANT {} ON books TO {role}",
                others.join(", ")
            ))
            .await;
        let message = refused(builder()).await;
        let expected = format!("- `Book` in the table `books`: the role `{role}` {part}");
        assert!(message.contains(&expected), "no `{expected}` in:\n{message}");
        assert!(
            message.contains(&format!("`GRANT {right} ON \"books\" TO \"{role}\"`")),
            "{message}"
        );
        let sql = changed(&database, builder).await;
        assert!(
            sql.contains(&format!("GRANT {right} ON \"books\" TO \"{role}\";")),
            "{sql}"
        );
    }
    // A right on the columns that are used is enough.
    database
        .execute(&format!(
            "ALTER TABLE books ADD COLUMN secret TEXT; REVOKE ALL ON books FROM {role};
             GRANT SELECT (id, title, isbn_13, year), INSERT (title, isbn_13, year), UPDATE (title, isbn_13, year), DELETE
             ON books TO {role}"
        ))
        .await;
    assert_eq!(changes(builder()), "");
    database
        .execute(&format!("REVOKE INSERT (year) ON books FROM {role}"))
        .await;
    let message = refused(builder()).await;
    assert!(
        message.contains("has no right to INSERT its columns `year`"),
        "{message}"
    );
    drop_role(&database, &role).await;
}

/// What a service only reads.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "books")]
#[permission(read = public)]
#[remote_api(resource = "books", allow_filter, allow_detail)]
struct ReadBook {
    #[field(id)]
    id: i64,
    title: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "books")]
#[permission(delete = public)]
#[remote_api(resource = "books", allow_delete)]
struct DeletedBook {
    #[field(id)]
    id: i64,
}

#[tokio::test]
async fn operations_that_are_not_served_need_no_right() {
    let database = Database::create().await;
    let role = new_role(&database).await;
    database
        .execute(&format!("{BOOKS} GRANT SELECT ON books TO {role}"))
        .await;
    let reads = || as_role(&database, &role).manager::<ReadBook>();
    let warnings = changes(reads());
    assert!(
        !has_statement(&warnings) && warnings.contains("so every create fails"),
        "{warnings}"
    );
    // A delete locks its row first.
    database
        .execute(&format!("GRANT DELETE ON books TO {role}"))
        .await;
    let deletes = || as_role(&database, &role).manager::<DeletedBook>();
    let message = refused(deletes()).await;
    assert!(
        message.contains(
            "has no right to UPDATE, so a delete fails, since it locks its row with SELECT .. FOR UPDATE"
        ),
        "{message}"
    );
    changed(&database, deletes).await;
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn a_sequence_needs_a_right_and_an_identity_column_none() {
    let database = Database::create().await;
    let role = new_role(&database).await;
    let builder = || as_role(&database, &role).manager::<Book>();
    let grant = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON books TO {role}");
    database.execute(&format!("{BOOKS} {grant}")).await;
    assert_eq!(changes(builder()), "");
    let serial = BOOKS.replace(
        "id BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        "id BIGSERIAL PRIMARY KEY",
    );
    database
        .execute(&format!("DROP TABLE books; {serial} {grant}"))
        .await;
    let message = refused(builder()).await;
    let part = format!(
        "the role `{role}` has no right to use the sequence books_id_seq, which fills the column `id`, so every create fails"
    );
    assert!(message.contains(&part), "{message}");
    changed(&database, builder).await;
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn a_role_that_may_not_create_tables_is_named() {
    let database = Database::create().await;
    let role = new_role(&database).await;
    let builder = || as_role(&database, &role).manager::<Book>();
    database
        .execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        .await;
    let message = refused(builder()).await;
    let part = format!(
        "there is no such table; the role `{role}` may not create it in the schema `public`: `GRANT CREATE ON SCHEMA \"public\" TO \
         \"{role}\"`"
    );
    assert!(message.contains(&part), "{message}");
    // Another role executes the SQL, and this one may use what it creates.
    changed(&database, builder).await;
    database
        .execute(&format!(
            "DROP TABLE books; GRANT CREATE ON SCHEMA public TO {role}"
        ))
        .await;
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn a_table_beside_the_search_path_is_named() {
    let database = Database::create().await;
    let role = new_role(&database).await;
    let builder = || as_role(&database, &role).manager::<Book>().create_tables(false);
    database
        .execute(&format!(
            "CREATE SCHEMA \"my app\"; SET search_path = \"my app\"; {BOOKS}"
        ))
        .await;
    let message = refused(builder()).await;
    assert!(
        message.contains(
            "there is no such table in the schemas of the search path (\"$user\", public), but in \"my app\""
        ),
        "{message}"
    );
    // The path alone is not enough: a schema without the right to use it is left out.
    database
        .execute(&format!("ALTER ROLE {role} SET search_path = 'my app'"))
        .await;
    let message = refused(builder()).await;
    assert!(
        message.contains("leads to no schema that exists and that the role"),
        "{message}"
    );
    database
        .execute(&format!(
            "GRANT USAGE ON SCHEMA \"my app\" TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON \"my app\".books TO {role}"
        ))
        .await;
    assert_eq!(changes(builder()), "");
    drop_role(&database, &role).await;
}
