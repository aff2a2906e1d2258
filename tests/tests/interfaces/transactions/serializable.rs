//! Transactions at the same time have the effect of one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};

use gm_runtime::{Error, Gm};

use super::{Account, Booking, Storage, account, booking, on_each_storage};

on_each_storage! {
    no_update_is_lost,
    a_rule_over_two_rows_holds,
    writes_outside_lose_nothing,
}

const TASKS: i64 = 32;
const INCREMENTS: i64 = 10;

/// Carries out a transaction until it is not in conflict any more.
async fn repeated<T, F: Future<Output = Result<T, Error>>>(transaction: impl Fn() -> F) -> T {
    loop {
        match transaction().await {
            Ok(done) => return done,
            Err(error) if error.is_retryable() => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn no_update_is_lost(storage: Storage) {
    let gm = storage.gm().await;
    let counter = Account::create(account("1", "ada", 0))
        .exec(&gm)
        .await
        .unwrap()
        .id;
    let runs = std::sync::Arc::new(AtomicUsize::new(0));
    let tasks = (0..TASKS).map(|_| {
        let (gm, runs) = (gm.clone(), std::sync::Arc::clone(&runs));
        tokio::spawn(async move {
            for _ in 0..INCREMENTS {
                repeated(|| {
                    gm.transaction(async |tx| {
                        runs.fetch_add(1, Ordering::Relaxed);
                        let row = Account::get(&tx, counter).await?;
                        row.update().balance(row.balance + 1).exec(&tx).await?;
                        Booking::create(booking(counter, row.balance + 1)).exec(&tx).await
                    })
                })
                .await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let stored = Account::get(&gm, counter).await.unwrap();
    assert_eq!(
        (stored.balance, stored.version),
        (TASKS * INCREMENTS, TASKS * INCREMENTS + 1)
    );
    let bookings = Booking::query()
        .order_by(|booking| booking.amount.asc())
        .all(&gm)
        .await
        .unwrap();
    let amounts = bookings.iter().map(|booking| booking.amount);
    assert!(
        amounts.eq(1..=TASKS * INCREMENTS),
        "each transaction is stored once"
    );
    let runs = i64::try_from(runs.load(Ordering::Relaxed)).unwrap();
    match storage {
        // They take turns.
        Storage::Memory | Storage::Sqlite(_) => assert_eq!(runs, TASKS * INCREMENTS),
        Storage::Postgres(_) => assert!(runs >= TASKS * INCREMENTS),
    }
}

/// Takes from one of two accounts, if both together have enough: two of them at the same time would take too much under
/// snapshot isolation ("write skew").
async fn withdraw(gm: &Gm, from: i64, both: [i64; 2]) -> bool {
    repeated(|| {
        gm.transaction(async |tx| {
            let (a, b) = (
                Account::get(&tx, both[0]).await?,
                Account::get(&tx, both[1]).await?,
            );
            // Both have read before one of them writes.
            tokio::task::yield_now().await;
            if a.balance + b.balance < 100 {
                return Ok(false);
            }
            let account = if from == a.id { a } else { b };
            account.update().balance(account.balance - 100).exec(&tx).await?;
            Ok(true)
        })
    })
    .await
}

async fn a_rule_over_two_rows_holds(storage: Storage) {
    let gm = storage.gm().await;
    for round in 0..20 {
        let a = Account::create(account(&format!("{round}a"), "ada", 50))
            .exec(&gm)
            .await
            .unwrap()
            .id;
        let b = Account::create(account(&format!("{round}b"), "ada", 50))
            .exec(&gm)
            .await
            .unwrap()
            .id;
        let (first, second) = tokio::join!(withdraw(&gm, a, [a, b]), withdraw(&gm, b, [a, b]));
        assert!(first ^ second, "one of them is refused");
    }
}

async fn writes_outside_lose_nothing(storage: Storage) {
    let gm = storage.gm().await;
    let row = Account::create(account("1", "ada", 0)).exec(&gm).await.unwrap();
    let bookings = gm.clone();
    let outside = tokio::spawn(async move {
        for amount in 0..200 {
            Booking::create(booking(1, amount)).exec(&bookings).await.unwrap();
        }
    });
    for _ in 0..20 {
        repeated(|| {
            gm.transaction(async |tx| {
                let before = Booking::count(&tx).await?;
                let own = Booking::create(booking(2, 0)).exec(&tx).await?;
                assert_eq!(Booking::count(&tx).await?, before + 1);
                own.delete(&tx).await?;
                let account = Account::get(&tx, row.id).await?;
                account.update().balance(account.balance + 1).exec(&tx).await
            })
        })
        .await;
    }
    outside.await.unwrap();
    assert_eq!(Booking::count(&gm).await.unwrap(), 200);
    assert_eq!(Account::get(&gm, row.id).await.unwrap().balance, 20);
}
