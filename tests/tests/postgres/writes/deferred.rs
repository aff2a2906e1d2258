//! Constraints that are checked at the commit, and errors of the commit itself.

use gm_runtime::Error;
use gm_tests::postgres::{Database, Proxy};

use super::{
    at_once, begin, builder, create, database, lock, open, open_briefly_waiting, tags, transactions,
};

#[tokio::test]
async fn a_unique_value_that_is_checked_at_the_commit_fails_alone() {
    let database = database(&tags(", UNIQUE (name) DEFERRABLE INITIALLY DEFERRED")).await;
    let gm = open(&database).await;
    create(&gm, "taken", None).await.unwrap();
    let error = create(&gm, "taken", None).await.unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    let names = ["a", "taken", "b", "c", "a"];
    let created = at_once(&database, &gm, names.map(|name| create(&gm, name, None))).await;
    for (number, created) in created.iter().enumerate() {
        match number {
            1 | 4 => assert!(created.as_ref().unwrap_err().is_conflict(), "{created:?}"),
            _ => assert!(created.is_ok(), "{created:?}"),
        }
    }
    let stored = "SELECT string_agg(name, ',' ORDER BY name) FROM tags";
    assert_eq!(database.value(stored).await, "a,b,c,taken");
}

/// The check waits for the lock of the row that is referred to. The other writes do not.
#[tokio::test]
async fn a_check_at_the_commit_that_waits_for_a_lock_fails_alone() {
    let database = database(&tags(" REFERENCES tags (id) DEFERRABLE INITIALLY DEFERRED")).await;
    let gm = open_briefly_waiting(&database).await;
    let parent = create(&gm, "parent", None).await.unwrap();
    let other = lock(&database, &parent).await;
    for parents in [[None, Some(parent.id), None], [Some(parent.id), None, None]] {
        let creates = parents.map(|parent| create(&gm, "child", parent));
        let created = at_once(&database, &gm, creates).await;
        for (created, parent) in created.into_iter().zip(parents) {
            match parent {
                None => assert_eq!(created.unwrap().name, "child"),
                Some(_) => {
                    let error = created.unwrap_err();
                    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
                }
            }
        }
    }
    // Alone, and while others write.
    let mut refused = begin([create(&gm, "child", Some(parent.id))]).await;
    let mut others = 0;
    while futures_util::poll!(&mut refused).is_pending() {
        create(&gm, "other", None).await.unwrap();
        others += 1;
    }
    // With the lock awaited in their way there was one.
    assert!(others > 15, "{others} creates during the lock");
    other.batch_execute("COMMIT").await.unwrap();
    create(&gm, "child", Some(parent.id)).await.unwrap();
}

/// The server answers success to the commit of a failed transaction. The statement before the commit may be what fails, as by
/// `pg_cancel_backend`.
#[tokio::test]
async fn a_transaction_that_fails_before_its_commit_is_no_success() {
    for patience in ["lock_timeout=5000", "SET CONSTRAINTS"] {
        let database = database(&tags("")).await;
        let proxy = Proxy::to(database.address());
        let gm = builder(&database.url_at(&proxy.address())).build().await.unwrap();
        let mistake = patience.replace('T', "X").replace("out", "oux");
        proxy.replace_when_sent(patience, &mistake);
        let created = begin((0..20).map(|_| create(&gm, "a", None))).await.await;
        // A lone write has none.
        proxy.until_replaced().await;
        assert!(created.iter().all(Result::is_ok), "{patience}: {created:?}");
        assert_eq!(
            database.value("SELECT count(*) FROM tags").await,
            "20",
            "{patience}"
        );
    }
}

/// A full queue of notifications fails commits with the code 54000. A queue has 8 GB before Postgres 17, so here a deferred trigger
/// fails the commit with this code. The server would report it as one of the table's triggers, which the storage executes before the
/// commit. So it is marked as one of the server's own.
#[tokio::test]
async fn a_full_queue_of_notifications_is_unavailable_and_nothing_is_written() {
    let database = database(&tags("")).await;
    let gm = open(&database).await;
    create(&gm, "before", None).await.unwrap();
    database
        .execute(
            "CREATE FUNCTION full_queue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'too many notifications in the NOTIFY queue' USING ERRCODE = '54000'; END $$;
            CREATE CONSTRAINT TRIGGER full_queue AFTER INSERT ON tags DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION full_queue();
            UPDATE pg_trigger SET tgisinternal = true WHERE tgname = 'full_queue'",
        )
        .await;
    let alone = create(&gm, "alone", None).await;
    let together = at_once(&database, &gm, ["a", "b"].map(|name| create(&gm, name, None))).await;
    for refused in together.into_iter().chain([alone]) {
        let error = refused.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
        assert!(error.to_string().contains("notification queue"), "{error}");
        assert!(error.is_retryable() && !error.is_outcome_unknown());
    }
    assert_eq!(database.rows("SELECT name FROM tags").await, [["before"]]);
    database.execute("ALTER TABLE tags DISABLE TRIGGER ALL").await;
    create(&gm, "after", None).await.unwrap();
}

/// Four megabytes of values, and the first write.
#[tokio::test]
async fn a_transaction_holds_a_bounded_number_of_bytes() {
    let database = database(&tags("")).await;
    let gm = open(&database).await;
    let long = "x".repeat(100_000);
    let created = at_once(&database, &gm, (0..60).map(|_| create(&gm, &long, None))).await;
    assert!(created.iter().all(Result::is_ok));
    assert_eq!(transactions(&database).await, 2);
    let most =
        "SELECT max(bytes) FROM (SELECT sum(octet_length(name)) AS bytes FROM tags GROUP BY xmin::text) AS x";
    let most: usize = database.value(most).await.parse().unwrap();
    assert!(most <= 4 * 1024 * 1024 + 100_000, "{most}");
}

/// The rows of a deleted parent are deleted with it, by another write of the transaction.
#[tokio::test]
async fn an_update_of_a_row_that_a_cascade_deletes_finds_none() {
    let database = database(&tags(" REFERENCES tags (id) ON DELETE CASCADE")).await;
    let gm = open(&database).await;
    let parent = create(&gm, "parent", None).await.unwrap();
    let child = create(&gm, "child", Some(parent.id)).await.unwrap();
    let (deleted, updated) = delete_and_update(&database, &gm, parent.id, child.id).await;
    deleted.unwrap();
    let error = updated.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
}

async fn delete_and_update(
    database: &Database,
    gm: &gm_runtime::Gm,
    deleted: i64,
    updated: i64,
) -> (Result<(), Error>, Result<super::Tag, Error>) {
    let gate = super::Gate::close(database, gm).await;
    let deletion = super::Tag::by_id(deleted).delete(gm);
    let update = super::Tag::by_id(updated).update().name("new").exec(gm);
    let mut both = Box::pin(futures_util::future::join(deletion, update));
    assert!(futures_util::poll!(&mut both).is_pending());
    gate.open().await;
    both.await
}
