//! The writer's connection: one that was given up, one that is not opened in time, and one through a pooler.

use std::time::Duration;

use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::postgres::{Mode, Pooler, Proxy};

use super::{LONG, begin, builder, create, database, tags};

/// The search for the violated column gets no answer, so the connection is given up. The next write is not sent on it.
#[tokio::test]
async fn a_write_is_not_sent_on_a_connection_that_was_given_up() {
    let database = database(&tags(", CHECK (name <> 'bad')")).await;
    let proxy = Proxy::to(database.address());
    let gm = builder(&database.url_at(&proxy.address()))
        .database_busy_timeout(LONG)
        .build()
        .await
        .unwrap();
    proxy.set_when_sent("pg_constraint", Mode::StallReplies);
    let bad = begin([create(&gm, "bad", None)]).await;
    proxy.until(Mode::StallReplies).await;
    let next = begin([create(&gm, "next", None)]).await;
    assert!(bad.await.remove(0).unwrap_err().is_conflict());
    proxy.set(Mode::Forward);
    assert_eq!(next.await.remove(0).unwrap().name, "next");
}

/// It accepts connections, and never answers.
#[tokio::test]
async fn a_write_is_refused_while_a_connection_is_being_opened() {
    let database = database(&tags("")).await;
    let proxy = Proxy::to(database.address());
    let url = format!("{}?connect_timeout=3600", database.url_at(&proxy.address()));
    let gm = builder(&url)
        .database_busy_timeout(Duration::from_millis(300))
        .build()
        .await
        .unwrap();
    create(&gm, "a", None).await.unwrap();
    proxy.set(Mode::Stall);
    proxy.cut().await;
    for attempt in 0..3 {
        let error = create(&gm, "b", None).await.unwrap_err();
        // The first one may be sent before the loss of the connection is noticed.
        let is_late = attempt == 0 && error.is_outcome_unknown();
        assert!(is_late || matches!(error, Error::Unavailable(_)), "{error:?}");
    }
    // Neither the writes nor the change feed wait for the connection.
    gm.close().await;
    assert_eq!(database.value("SELECT count(*) FROM tags").await, "1");
}

/// A handle through a pooler before this address.
async fn pooled(database: &gm_tests::postgres::Database, pooler: &Pooler) -> Gm {
    builder(&database.url_at(&pooler.address()))
        .database_listen_url(database.url())
        .database_busy_timeout(LONG)
        .build()
        .await
        .unwrap()
}

/// pgbouncer ends the connection with a message of its own, as if the server had ended it. The server commits.
#[tokio::test]
async fn a_commit_whose_answer_a_pooler_loses_is_not_carried_out_again() {
    let database = database(&tags("")).await;
    let proxy = Proxy::to(database.address());
    let Some(pooler) = Pooler::before(&proxy.address()) else {
        eprintln!("there is no pgbouncer");
        return;
    };
    let gm = pooled(&database, &pooler).await;
    create(&gm, "warm", None).await.unwrap();
    // The statement, which ends with a zero. The isolation level has the same word.
    proxy.set_when_sent("COMMIT\0", Mode::StallReplies);
    let writes = begin([create(&gm, "once", None)]).await;
    database
        .until("SELECT count(*) FROM tags WHERE name = 'once'", "1")
        .await;
    proxy.cut().await;
    proxy.set(Mode::Forward);
    let answer = writes.await.remove(0);
    let stored = database
        .value("SELECT count(*) FROM tags WHERE name = 'once'")
        .await;
    assert_eq!(stored, "1", "{answer:?}");
    assert!(
        matches!(answer, Ok(_) | Err(Error::OutcomeUnknown { .. })),
        "{answer:?}"
    );
    create(&gm, "next", None).await.unwrap();
}

/// A row of `tags` whose validation takes longer than a write waits for a lock.
#[derive(Clone, Debug, PartialEq, GeneralManager, garde::Validate)]
#[database(table = "tags")]
#[manager(validate)]
#[garde(custom(slowly))]
struct ValidatedTag {
    #[field(id)]
    #[garde(skip)]
    id: i64,
    #[garde(skip)]
    name: String,
}

fn slowly(_: &ValidatedTag, (): &()) -> garde::Result {
    std::thread::sleep(Duration::from_millis(400));
    Ok(())
}

/// The server ends transactions of processes that were stopped, and this is none.
#[tokio::test]
async fn a_slow_validation_between_two_trips_fails_no_write() {
    let database = database(&tags("")).await;
    let gm = Gm::builder()
        .database(database.url())
        .database_busy_timeout(Duration::from_millis(200))
        .create_tables(false)
        .manager::<ValidatedTag>()
        .build()
        .await
        .unwrap();
    database.execute("INSERT INTO tags (name) VALUES ('a')").await;
    let updated = ValidatedTag::by_id(1).update().name("b").exec(&gm).await;
    assert_eq!(updated.unwrap().name, "b");
}
