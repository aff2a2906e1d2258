//! Tables that `build` creates.

use futures_util::future::join_all;
use gm_runtime::interface::SqlDialect;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::postgres::Database;

use super::every_type::Everything;
use super::{Book, books, changes, psql, refused};

const TABLES: &str =
    "SELECT c.relname, c.relkind FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1";

#[tokio::test]
async fn build_creates_what_the_printed_sql_creates() {
    let (built, printed) = (Database::create().await, Database::create().await);
    let builder = |database: &Database| books(database).manager::<Everything>();
    let sql = builder(&printed).schema(SqlDialect::Postgres).unwrap();
    // What is missing is printed in the same way.
    let changes = changes(builder(&printed));
    for statement in sql.lines() {
        assert!(changes.contains(statement), "no `{statement}` in:\n{changes}");
    }
    psql(&printed, &sql).await.unwrap();
    builder(&built).build().await.unwrap();
    assert_eq!(super::changes(builder(&printed)), "");
    assert_eq!(super::changes(builder(&built)), "");
    assert_eq!(built.rows(TABLES).await, printed.rows(TABLES).await);
    builder(&printed).create_tables(false).build().await.unwrap();
}

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

/// The replicas of a service start together.
#[tokio::test(flavor = "multi_thread")]
async fn twenty_builds_at_once_create_the_tables_once() {
    let database = Database::create().await;
    let builds = (0..20).map(|_| books(&database).manager::<Everything>().build());
    for built in join_all(builds).await {
        built.unwrap();
    }
    assert_eq!(changes(books(&database).manager::<Everything>()), "");
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

/// Names that SQL reserves are quoted.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "User")]
struct User {
    #[field(id)]
    id: i64,
    #[field(unique, column = "Order")]
    select: String,
    #[field(
        index,
        column = "a_column_with_the_longest_name_that_tables_of_postgres_can_have"
    )]
    from: i32,
}

#[tokio::test]
async fn reserved_and_long_names_are_tables_and_columns() {
    let database = Database::create().await;
    let builder = || Gm::builder().database(database.url()).manager::<User>();
    builder().build().await.unwrap();
    assert_eq!(changes(builder()), "");
    database
        .execute("DROP TABLE \"User\"; CREATE TABLE \"User\" (id BIGSERIAL PRIMARY KEY)")
        .await;
    super::changed(&database, builder).await;
}
