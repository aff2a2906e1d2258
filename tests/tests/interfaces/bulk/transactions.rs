//! Writes of many rows inside of a transaction.

use std::collections::BTreeSet;

use gm_runtime::{Error, Gm};
use gm_tests::database::TestDatabase;

use super::{Recorder, Task, in_memory, stored, task, tasks, tim};

#[tokio::test]
async fn a_transaction_carries_out_writes_of_many_rows_in_memory() {
    in_a_transaction(in_memory().await).await;
}

#[tokio::test]
async fn a_transaction_carries_out_writes_of_many_rows_on_sqlite() {
    in_a_transaction(stored(&TestDatabase::sqlite()).await).await;
}

#[tokio::test]
async fn a_transaction_carries_out_writes_of_many_rows_on_postgres() {
    let database = TestDatabase::postgres().await;
    in_a_transaction(stored(&database).await).await;
}

async fn in_a_transaction(gm: Gm) {
    let mut recorder = Recorder::start(&gm).await;
    let written = gm
        .transaction(async |tx| {
            let rows = (0..10).map(|number| {
                let status = if number == 0 { "locked" } else { "open" };
                Task::create(task(1, "a")).status(status)
            });
            let ids = Task::create_many(rows).exec(&tx).await?;
            assert_eq!(ids.len(), 10);
            // A refused write undoes itself alone.
            let rows = [task(1, "b"), task(1, "far too long a title")];
            assert!(Task::create_many(rows).exec(&tx).await.unwrap_err().is_invalid());
            let one_of_them = Task::filter(|t| t.id.eq(ids[0]));
            let acting = tx.acting_as(tim());
            assert!(
                Task::query()
                    .delete_all(&acting)
                    .await
                    .unwrap_err()
                    .is_permission_denied()
            );
            assert_eq!(Task::query().update_all().priority(3).exec(&tx).await?, 10);
            assert_eq!(one_of_them.delete_all(&tx).await?, 1);
            assert_eq!(Task::count(&tx).await?, 9);
            Ok::<_, Error>(ids)
        })
        .await
        .unwrap();
    let stored = tasks(&gm).await;
    assert_eq!(stored.iter().map(|row| row.id).collect::<Vec<_>>(), written[1..]);
    assert!(stored.iter().all(|row| (row.priority, row.version) == (3, 2)));
    // Each row is one change of the transaction, and the deleted one is none.
    let created = written.iter().skip(1).map(|id| ("create", Some(*id)));
    assert_eq!(recorder.take().await, created.collect::<BTreeSet<_>>());

    let undone = gm
        .transaction(async |tx| {
            assert_eq!(Task::query().delete_all(&tx).await?, 9);
            Task::create_many((0..100).map(|_| task(1, "c")))
                .exec(&tx)
                .await?;
            Err::<(), _>(Error::invalid("Task", "title", "no"))
        })
        .await;
    assert!(undone.unwrap_err().is_invalid());
    assert_eq!(tasks(&gm).await, stored);
    assert_eq!(recorder.take().await, BTreeSet::new());
}
