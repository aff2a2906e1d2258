//! Tables that `build` creates.

use gm_runtime::interface::SqlDialect;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::postgres::Database;

use super::every_type::Everything;
use super::{Book, books, refused};

const TABLES: &str =
    "SELECT c.relname, c.relkind FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1";

#[tokio::test]
async fn without_create_tables_nothing_is_created() {
    let database = Database::create().await;
    let message = refused(books(&database).create_tables(false)).await;
    assert!(
        message.contains("`Book` in the table `books`: there is no such table"),
        "{message}"
    );
    assert_eq!(database.rows(TABLES).await, Vec::<Vec<String>>::new());
}

/// Nothing is half-created.
#[tokio::test]
async fn a_failure_creates_no_table_at_all() {
    let database = Database::create().await;
    // A type has the name of the second table.
    database.execute("CREATE TYPE everything AS ENUM ('a')").await;
    let error = books(&database)
        .manager::<Everything>()
        .build()
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("42710"), "{error}");
    assert_eq!(database.rows(TABLES).await, Vec::<Vec<String>>::new());
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "Books")]
struct OtherBook {
    #[field(id)]
    id: i64,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "books")]
struct Shelf {
    #[field(id)]
    id: i64,
    #[field(column = "Title", unique)]
    title: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "rows")]
struct Row {
    #[field(id)]
    id: i64,
    xmin: i64,
}

/// Postgres distinguishes the case of names, which SQLite does not.
#[tokio::test]
async fn names_that_postgres_can_not_have_are_refused() {
    let database = Database::create().await;
    let builder = || Gm::builder().database(database.url());
    for (builder, part) in [
        (
            builder().manager::<Book>().manager::<OtherBook>(),
            "`Book` names the table `books`, and `OtherBook` names `Books`: these are two tables in Postgres",
        ),
        (
            builder().manager::<Book>().manager::<Shelf>(),
            "`Book`.`title` is the column `title` of the table `books`, and `Shelf`.`title` is `Title`: these are two columns",
        ),
        (
            builder().manager::<Row>(),
            "`Row`.`xmin` is the column `xmin`, a name that Postgres reserves for a column of its own",
        ),
    ] {
        for error in [
            builder.schema(SqlDialect::Postgres).unwrap_err(),
            builder.schema_changes().unwrap_err(),
        ] {
            assert!(error.to_string().contains(part), "{error}");
        }
        assert!(builder.schema(SqlDialect::Sqlite).is_ok());
        let message = refused(builder).await;
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(database.rows(TABLES).await, Vec::<Vec<String>>::new());
}
