//! pgbouncer in transaction mode before the server.

use std::time::Duration;

use futures_util::future::join_all;
use gm_runtime::error::QueryError;
use gm_runtime::interface::SqlDialect;
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::postgres::{Database, Pooler};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
pub(crate) struct Note {
    #[field(id)]
    pub id: i64,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "slow_notes")]
pub(crate) struct SlowNote {
    #[field(id)]
    pub id: i64,
    pub text: String,
}

#[tokio::test]
async fn reads_go_through_pgbouncer() {
    let database = Database::create().await;
    let Some(pooler) = Pooler::to(&database) else {
        eprintln!("there is no pgbouncer");
        return;
    };
    let create = Gm::builder()
        .manager::<Note>()
        .schema(SqlDialect::Postgres)
        .unwrap();
    let insert = "INSERT INTO notes (text) SELECT 'Note ' || n FROM generate_series(1, 100) n";
    let view = "CREATE VIEW slow_notes AS SELECT id, text FROM notes WHERE (SELECT pg_sleep(10) IS NOT NULL)";
    database.execute(&format!("{create}; {insert}; {view}")).await;
    let gm = Gm::builder()
        .database(database.url_at(&pooler.address()))
        .database_listen_url(database.url())
        .manager::<Note>()
        .manager::<SlowNote>()
        .read_time_limit(Duration::from_secs(1))
        .build()
        .await
        .unwrap();
    for _ in 0..5 {
        // Pipelined, and so many that pgbouncer has to deal them out.
        let reads = (1..=100).map(|id| {
            let gm = &gm;
            async move {
                assert_eq!(Note::get(gm, id).await.unwrap().text, format!("Note {id}"));
                assert_eq!(
                    Note::filter(|n| n.id.lte(id)).count(gm).await.unwrap(),
                    id.unsigned_abs()
                );
            }
        });
        join_all(reads).await;
    }
    let error = SlowNote::query().all(&gm).await.unwrap_err();
    assert!(
        matches!(error, Error::Query(QueryError::ReadTimeout { .. })),
        "{error}"
    );
    // The time limit was that of one transaction.
    let limits = database.rows("SELECT DISTINCT query FROM pg_stat_activity WHERE application_name LIKE 'gm %' AND query LIKE '%SET statement_timeout%'").await;
    assert!(limits.len() <= 1, "{limits:?}");
    assert_eq!(Note::query().count(&gm).await.unwrap(), 100);
    gm.close().await;
}

/// The change feed of another database would be alive, and would never receive a change.
#[tokio::test]
async fn a_listen_url_of_another_database_is_refused() {
    let (database, other) = (Database::create().await, Database::create().await);
    let builder = |listen: &Database| {
        Gm::builder()
            .database(database.url())
            .database_listen_url(listen.url())
            .manager::<Note>()
    };
    builder(&database).build().await.unwrap().close().await;
    let error = builder(&other).build().await.err().unwrap();
    assert!(
        matches!(&error, Error::Configuration(message) if message.contains("another database")),
        "{error}"
    );
}

/// Without the server's own URL, the change feed can't work.
#[tokio::test]
async fn a_pooler_without_the_servers_own_url_is_refused() {
    let database = Database::create().await;
    let Some(pooler) = Pooler::to(&database) else {
        eprintln!("there is no pgbouncer");
        return;
    };
    let built = Gm::builder()
        .database(database.url_at(&pooler.address()))
        .manager::<Note>()
        .build()
        .await;
    let error = built.err().unwrap();
    assert!(error.to_string().contains("database_listen_url"), "{error}");
}
