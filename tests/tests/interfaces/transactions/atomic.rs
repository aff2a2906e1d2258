//! All writes or none, and an error that undoes its verb alone.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use gm_runtime::Error;
use tokio::sync::Notify;

use super::{Account, Booking, Storage, account, booking, counts, on_each_storage};

on_each_storage! {
    all_writes_are_stored_and_nobody_else_sees_them_before,
    nothing_is_stored_after_an_error,
    nothing_is_stored_after_a_panic,
    nothing_is_stored_after_a_drop,
    an_error_undoes_its_verb_alone,
    a_transaction_without_verbs_is_committed,
    versions_and_times_hold,
    a_query_in_a_transaction_pages_and_streams,
}

async fn all_writes_are_stored_and_nobody_else_sees_them_before(storage: Storage) {
    let gm = storage.gm().await;
    let before = Account::create(account("0", "ada", 1)).exec(&gm).await.unwrap();
    let stored = gm.transaction(async |tx| {
        let ada = Account::create(account("1", "ada", 7)).exec(&tx).await?;
        Booking::create(booking(ada.id, 7)).exec(&tx).await?;
        before.update().balance(2).exec(&tx).await?;
        assert_eq!(counts(&tx).await, (2, 1));
        assert_eq!(Account::get(&tx, ada.id).await?, ada);
        assert_eq!(Account::get(&tx, before.id).await?.balance, 2);
        let rich = Account::filter(|account| account.balance.gt(1)).all(&tx).await?;
        assert_eq!(rich.len(), 2);
        assert_eq!(counts(&gm).await, (1, 0));
        assert_eq!(Account::get(&gm, before.id).await?.balance, 1);
        assert!(Account::get(&gm, ada.id).optional().await?.is_none());
        Ok::<_, Error>(ada)
    });
    let stored = stored.await.unwrap();
    assert_eq!(counts(&gm).await, (2, 1));
    assert_eq!(Account::get(&gm, stored.id).await.unwrap(), stored);
    assert_eq!(Account::get(&gm, before.id).await.unwrap().balance, 2);
    // The next write is not held up, and ids go on.
    Booking::create(booking(stored.id, 8)).exec(&gm).await.unwrap();
}

async fn nothing_is_stored_after_an_error(storage: Storage) {
    let gm = storage.gm().await;
    let ada = Account::create(account("1", "ada", 7)).exec(&gm).await.unwrap();
    let failed = gm.transaction(async |tx| {
        ada.update().balance(8).exec(&tx).await?;
        Booking::create(booking(ada.id, 7)).exec(&tx).await?;
        ada.delete(&tx).overwrite().await?;
        Err::<(), _>(Error::invalid("Account", "balance", "changed my mind"))
    });
    assert!(failed.await.is_err_and(|error| error.is_invalid()));
    assert_eq!(counts(&gm).await, (1, 0));
    assert_eq!(Account::get(&gm, ada.id).await.unwrap(), ada);
    ada.update().balance(9).exec(&gm).await.unwrap();
}

async fn nothing_is_stored_after_a_panic(storage: Storage) {
    let gm = storage.gm().await;
    let panicked = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        assert_eq!(counts(&tx).await, (0, 2), "this test panics");
        Ok::<_, Error>(())
    });
    AssertUnwindSafe(panicked).catch_unwind().await.unwrap_err();
    assert_eq!(counts(&gm).await, (0, 0));
    Booking::create(booking(1, 7)).exec(&gm).await.unwrap();
    assert_eq!(counts(&gm).await, (0, 1));
}

async fn nothing_is_stored_after_a_drop(storage: Storage) {
    let gm = storage.gm().await;
    let written = Arc::new(Notify::new());
    let pending = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        written.notify_one();
        std::future::pending::<Result<(), Error>>().await
    });
    tokio::select! {
        _ = pending => unreachable!("it is pending"),
        () = written.notified() => {}
    }
    Booking::create(booking(1, 8)).exec(&gm).await.unwrap();
    assert_eq!(counts(&gm).await, (0, 1));
}

async fn an_error_undoes_its_verb_alone(storage: Storage) {
    let gm = storage.gm().await;
    Account::create(account("taken", "ada", 1))
        .exec(&gm)
        .await
        .unwrap();
    let done = gm.transaction(async |tx| {
        let ada = Account::create(account("1", "ada", 7)).exec(&tx).await?;
        let taken = Account::create(account("taken", "ada", 8)).exec(&tx).await;
        assert!(taken.is_err_and(|error| error.is_conflict()));
        let taken = ada.update().number("taken").balance(100).exec(&tx).await;
        assert!(taken.is_err_and(|error| error.is_conflict()));
        let long = Account::create(account("longer than twenty characters", "ada", 8))
            .exec(&tx)
            .await;
        assert!(long.is_err_and(|error| error.is_invalid()));
        let missing = Account::by_id(1_000).update().balance(7).exec(&tx).await;
        assert!(missing.is_err_and(|error| error.is_not_found()));
        assert!(
            Account::get(&tx, 1_000)
                .await
                .is_err_and(|error| error.is_not_found())
        );
        Booking::create(booking(ada.id, 7)).exec(&tx).await?;
        assert_eq!(Account::get(&tx, ada.id).await?, ada);
        Ok::<_, Error>(ada)
    });
    let ada = done.await.unwrap();
    assert_eq!(counts(&gm).await, (2, 1));
    assert_eq!(Account::get(&gm, ada.id).await.unwrap(), ada);
}

async fn a_transaction_without_verbs_is_committed(storage: Storage) {
    let gm = storage.gm().await;
    assert_eq!(gm.transaction(async |_| Ok::<_, Error>(7)).await.unwrap(), 7);
    let failed = gm.transaction(async |_| Err::<(), _>(Error::invalid("Account", "number", "no")));
    assert!(failed.await.is_err_and(|error| error.is_invalid()));
}

async fn versions_and_times_hold(storage: Storage) {
    let gm = storage.gm().await;
    let first = Account::create(account("1", "ada", 7)).exec(&gm).await.unwrap();
    let second = gm.transaction(async |tx| {
        let second = first.update().balance(8).exec(&tx).await?;
        assert_eq!(second.version, 2);
        assert!(second.updated >= first.updated && second.created == first.created);
        let stale = first.update().balance(9).exec(&tx).await;
        assert!(stale.is_err_and(|error| error.is_stale()));
        let same = second.update().balance(8).exec(&tx).await?;
        assert_eq!(same, second);
        second.update().balance(10).exec(&tx).await
    });
    let third = second.await.unwrap();
    assert_eq!((third.version, third.balance), (3, 10));
    let stale = gm.transaction(async |tx| first.update().balance(9).exec(&tx).await);
    assert!(stale.await.is_err_and(|error| error.is_stale()));
    assert_eq!(Account::get(&gm, first.id).await.unwrap(), third);
}

async fn a_query_in_a_transaction_pages_and_streams(storage: Storage) {
    use futures_util::TryStreamExt as _;

    let gm = storage.gm().await;
    let done = gm.transaction(async |tx| {
        for amount in 0..25 {
            Booking::create(booking(amount % 2, amount)).exec(&tx).await?;
        }
        let query = Booking::filter(|booking| booking.account.eq(1));
        let page = query
            .clone()
            .order_by(|booking| booking.amount.desc())
            .page(2)
            .page_size(5)
            .all(&tx)
            .await?;
        assert_eq!(page.total_count(), Some(12));
        assert_eq!(
            page.iter().map(|booking| booking.amount).collect::<Vec<_>>(),
            [13, 11, 9, 7, 5]
        );
        let streamed: Vec<_> = query.clone().page_size(5).stream(&tx).try_collect().await?;
        assert_eq!(streamed.len(), 12);
        assert_eq!(query.count(&tx).await?, 12);
        let groups = Booking::query().count_by(|booking| booking.account, &tx).await?;
        assert_eq!(groups, [(0, 13), (1, 12)]);
        assert!(query.exists(&tx).await?);
        assert_eq!(query.first(&tx).await?.map(|booking| booking.amount), Some(1));
        Account::create(account("12", "ada", 1)).exec(&tx).await?;
        Account::create(account("21", "ada", 1)).exec(&tx).await?;
        // Postgres leaves patterns to this process, which reads with a cursor of the database.
        for _ in 0..2 {
            let found = Account::filter(|account| account.number.regex("^1.$"))
                .all(&tx)
                .await?;
            assert_eq!(
                found
                    .iter()
                    .map(|account| account.number.as_str())
                    .collect::<Vec<_>>(),
                ["12"]
            );
        }
        let invalid = Account::filter(|account| account.number.regex("("))
            .all(&tx)
            .await;
        assert!(invalid.is_err_and(|error| error.is_invalid()));
        Account::create(account("13", "ada", 1)).exec(&tx).await
    });
    done.await.unwrap();
    assert_eq!(counts(&gm).await, (3, 25));
}
