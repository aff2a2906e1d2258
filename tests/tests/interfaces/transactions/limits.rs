//! The time limit of a transaction.

use std::time::Duration;

use gm_runtime::error::TransactionError;
use gm_runtime::{Error, Gm};

use super::{Booking, Storage, booking, counts, on_each_storage};

on_each_storage! {
    a_slow_closure_is_ended_and_other_writes_go_on,
    a_closure_that_blocks_its_thread_is_ended,
    a_write_outside_in_the_closure_waits_until_the_limit,
    a_closed_handle_waits_for_a_closure_that_hangs_until_the_limit,
}

const LIMIT: Duration = Duration::from_millis(300);

async fn gm(storage: &Storage) -> Gm {
    storage
        .builder()
        .transaction_time_limit(LIMIT)
        .build()
        .await
        .unwrap()
}

fn is_late<T>(result: Result<T, Error>) -> bool {
    matches!(
        result,
        Err(Error::Transaction(TransactionError::TimeLimit { limit: LIMIT }))
    )
}

async fn a_slow_closure_is_ended_and_other_writes_go_on(storage: Storage) {
    let gm = gm(&storage).await;
    let (begun, other_has_written) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
    let slow = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        begun.notify_one();
        other_has_written.notified().await;
        // More than the limit has passed in Postgres too, where other rows are written at once.
        tokio::time::sleep(LIMIT).await;
        assert!(is_late(Booking::create(booking(1, 8)).exec(&tx).await));
        assert!(is_late(Booking::count(&tx).await));
        Ok(())
    });
    let other = async {
        begun.notified().await;
        Booking::create(booking(2, 9)).exec(&gm).await.unwrap();
        other_has_written.notify_one();
    };
    let (slow, ()) = tokio::join!(slow, other);
    assert!(is_late(slow));
    assert_eq!(counts(&gm).await, (0, 1));
    gm.transaction(async |tx| Booking::create(booking(3, 9)).exec(&tx).await)
        .await
        .unwrap();
    assert_eq!(counts(&gm).await, (0, 2));
}

async fn a_closure_that_blocks_its_thread_is_ended(storage: Storage) {
    let gm = gm(&storage).await;
    let other = gm.clone();
    let (begun, is_begun) = tokio::sync::oneshot::channel();
    let begun = std::sync::Mutex::new(Some(begun));
    let writer = tokio::spawn(async move {
        is_begun.await.unwrap();
        Booking::create(booking(2, 9)).exec(&other).await.unwrap();
    });
    let slow = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        begun.lock().unwrap().take().unwrap().send(()).unwrap();
        std::thread::sleep(LIMIT * 2);
        Ok(())
    });
    assert!(is_late(slow.await));
    writer.await.unwrap();
    assert_eq!(counts(&gm).await, (0, 1));
}

async fn a_write_outside_in_the_closure_waits_until_the_limit(storage: Storage) {
    let gm = gm(&storage).await;
    let done = gm.transaction(async |tx| {
        let row = Booking::create(booking(1, 7)).exec(&tx).await?;
        // A mistake: it is no part of the transaction, and waits for it. In Postgres it is another row, and does not wait.
        Booking::create(booking(2, 9)).exec(&gm).await?;
        row.update().amount(8).exec(&tx).await
    });
    let done = done.await;
    if matches!(storage, Storage::Postgres(_)) {
        assert_eq!(done.unwrap().amount, 8);
        assert_eq!(counts(&gm).await, (0, 2));
    } else {
        assert!(is_late(done));
        assert_eq!(counts(&gm).await, (0, 1));
    }
}

async fn a_closed_handle_waits_for_a_closure_that_hangs_until_the_limit(storage: Storage) {
    let gm = gm(&storage).await;
    let (begun, closed) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
    let hangs = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        begun.notify_one();
        closed.notified().await;
        Ok(())
    });
    // It waits for its turn in memory and in SQLite.
    let follows = gm.transaction(async |tx| {
        Booking::create(booking(2, 7)).exec(&tx).await?;
        closed.notified().await;
        Ok::<_, Error>(())
    });
    let closing = async {
        begun.notified().await;
        gm.close().await;
        closed.notify_waiters();
    };
    let (hangs, follows, ()) = tokio::join!(hangs, follows, closing);
    assert!(is_late(hangs));
    assert!(follows.is_err());
    if !matches!(storage, Storage::Memory) {
        assert_eq!(counts(&storage.gm().await).await, (0, 0));
    }
}
