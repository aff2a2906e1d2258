//! What Postgres alone can do to a transaction.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use gm_runtime::change::Action;
use gm_runtime::error::TransactionError;
use gm_runtime::{Error, Gm, GmBuilder};
use gm_tests::marker::{Marker, published};
use gm_tests::postgres::{Database, Mode, Pooler, Proxy};
use tokio::sync::{Notify, mpsc};

use super::{Account, Booking, account, booking, counts};

fn builder(url: &str) -> GmBuilder {
    let builder = Gm::builder().database(url);
    builder
        .manager::<Account>()
        .manager::<Booking>()
        .manager::<Marker>()
}

async fn open(database: &Database) -> Gm {
    builder(&database.url()).build().await.unwrap()
}

/// A handle whose tables were changed by this SQL.
async fn open_changed(database: &Database, sql: &str) -> Gm {
    open(database).await.close().await;
    database.execute(sql).await;
    open(database).await
}

/// The id of an account without a balance.
async fn account_of_ada(gm: &Gm) -> i64 {
    let ada = Account::create(account("1", "ada", 0)).exec(gm).await;
    ada.unwrap().id
}

/// A transaction is carried out, after which there are this many bookings.
async fn transactions_go_on(gm: &Gm, bookings: u64) {
    let booked = gm.transaction(async |tx| Booking::create(booking(1, 9)).exec(&tx).await);
    booked.await.unwrap();
    assert_eq!(counts(gm).await, (0, bookings));
}

/// The other transaction comes between the read and the write of the first run.
#[tokio::test]
async fn a_transaction_in_conflict_is_carried_out_again() {
    let database = Database::create().await;
    let gm = open(&database).await;
    let id = account_of_ada(&gm).await;
    let runs = AtomicU32::new(0);
    let done = gm.transaction(async |tx| {
        let row = Account::get(&tx, id).await?;
        Booking::create(booking(id, row.balance)).exec(&tx).await?;
        if runs.fetch_add(1, Ordering::SeqCst) == 0 {
            Account::by_id(id).update().balance(100).exec(&gm).await?;
        }
        row.update().balance(row.balance + 1).overwrite().exec(&tx).await
    });
    assert_eq!(done.await.unwrap().balance, 101);
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(counts(&gm).await, (1, 1));
}

/// The error of the conflict is not seen by the closure's caller, even if the closure returns another one.
#[tokio::test]
async fn a_closure_that_hides_the_conflict_is_carried_out_again() {
    let database = Database::create().await;
    let gm = open(&database).await;
    let id = account_of_ada(&gm).await;
    let runs = AtomicU32::new(0);
    let done = gm.transaction(async |tx| {
        let row = Account::get(&tx, id).await?;
        if runs.fetch_add(1, Ordering::SeqCst) == 0 {
            Account::by_id(id).update().balance(100).exec(&gm).await?;
        }
        let updated = row.update().balance(row.balance + 1).overwrite().exec(&tx).await;
        updated.map_err(|_| Error::invalid("Account", "balance", "not that"))
    });
    assert_eq!(done.await.unwrap().balance, 101);
}

#[tokio::test]
async fn a_transaction_that_is_always_in_conflict_fails_with_a_retryable_error() {
    let database = Database::create().await;
    let gm = open(&database).await;
    let id = account_of_ada(&gm).await;
    let runs = AtomicU32::new(0);
    let failed = gm.transaction(async |tx| {
        let row = Account::get(&tx, id).await?;
        let run = i64::from(runs.fetch_add(1, Ordering::SeqCst));
        Account::by_id(id).update().balance(100 + run).exec(&gm).await?;
        row.update().balance(1).overwrite().exec(&tx).await
    });
    let failed = failed.await.unwrap_err();
    assert!(failed.is_retryable() && !failed.is_outcome_unknown());
    assert!(
        matches!(
            failed,
            Error::Transaction(TransactionError::Conflict { attempts: 6 })
        ),
        "{failed:?}"
    );
    assert_eq!(runs.load(Ordering::SeqCst), 6);
    assert_eq!(Account::get(&gm, id).await.unwrap().balance, 105);
}

#[tokio::test]
async fn a_transaction_waits_for_a_connection_of_the_pool() {
    let database = Database::create().await;
    let gm = builder(&database.url())
        .database_transactions(NonZeroUsize::MIN)
        .database_busy_timeout(Duration::from_millis(200))
        .build()
        .await
        .unwrap();
    let (begun, ended) = (Notify::new(), Notify::new());
    let first = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        begun.notify_one();
        ended.notified().await;
        Ok::<_, Error>(())
    });
    let second = async {
        begun.notified().await;
        let refused = gm
            .transaction(async |tx| Booking::create(booking(1, 8)).exec(&tx).await)
            .await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        ended.notify_one();
    };
    let (first, ()) = tokio::join!(first, second);
    first.unwrap();
    transactions_go_on(&gm, 2).await;
}

#[tokio::test]
async fn transactions_go_through_pgbouncer_on_postgres() {
    let database = Database::create().await;
    let Some(pooler) = Pooler::to(&database) else {
        return;
    };
    let gm = builder(&database.url_at(&pooler.address())).database_listen_url(database.url());
    let gm = gm.build().await.unwrap();
    for round in 0..10 {
        let done = gm.transaction(async |tx| {
            let ada = Account::create(account(&round.to_string(), "ada", round))
                .exec(&tx)
                .await?;
            let taken = Account::create(account(&round.to_string(), "ada", 8))
                .exec(&tx)
                .await;
            assert!(taken.is_err_and(|error| error.is_conflict()));
            let ada = ada.update().balance(round + 1).exec(&tx).await?;
            assert_eq!(
                Account::filter(|account| account.number.icontains(""))
                    .count(&tx)
                    .await?,
                round.unsigned_abs() + 1
            );
            assert_eq!(Account::get(&tx, ada.id).await?, ada);
            Booking::create(booking(ada.id, round)).exec(&tx).await
        });
        done.await.unwrap();
        let failed = gm.transaction(async |tx| {
            Booking::create(booking(1, 7)).exec(&tx).await?;
            Err::<(), _>(Error::invalid("Booking", "amount", "no"))
        });
        failed.await.unwrap_err();
    }
    assert_eq!(counts(&gm).await, (10, 10));
    gm.close().await;
}

/// The commit reaches the server, and its answer is lost with the connection.
#[tokio::test]
async fn the_outcome_of_a_lost_commit_is_found() {
    let database = Database::create().await;
    let proxy = Proxy::to(database.address());
    let gm = builder(&database.url_at(&proxy.address())).build().await.unwrap();
    let runs = AtomicU32::new(0);
    let transaction = gm.transaction(async |tx| {
        runs.fetch_add(1, Ordering::SeqCst);
        let row = Booking::create(booking(1, 7)).exec(&tx).await?;
        proxy.set_when_sent("COMMIT", Mode::StallReplies);
        Ok::<_, Error>(row)
    });
    let cut = async {
        proxy.until(Mode::StallReplies).await;
        database.until("SELECT count(*) FROM bookings", "1").await;
        proxy.cut().await;
        proxy.set(Mode::Forward);
    };
    let (done, ()) = tokio::join!(transaction, cut);
    assert_eq!(done.unwrap().amount, 7);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(database.value("SELECT count(*) FROM bookings").await, "1");
}

/// The connection is lost before the commit was sent.
#[tokio::test]
async fn a_lost_connection_rolls_back() {
    let database = Database::create().await;
    let gm = open(&database).await;
    let lost = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        for backend in database.backends("application_name LIKE '%/transactions'").await {
            backend.terminate();
        }
        let next = Booking::create(booking(1, 8)).exec(&tx).await;
        assert!(matches!(next, Err(Error::Unavailable(_))), "{next:?}");
        let next = Booking::count(&tx).await;
        assert!(
            matches!(next, Err(Error::Transaction(TransactionError::RolledBack))),
            "{next:?}"
        );
        Ok(())
    });
    assert!(matches!(
        lost.await,
        Err(Error::Transaction(TransactionError::RolledBack))
    ));
    assert_eq!(counts(&gm).await, (0, 0));
    transactions_go_on(&gm, 1).await;
}

const ENTER: &str = "CREATE FUNCTION enter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO bookings (account, amount) VALUES (new.id, 0); RETURN new; END $$;
    CREATE TRIGGER enter AFTER INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION enter();";

#[tokio::test]
async fn side_effects_are_one_refresh_with_the_commit() {
    let database = Database::create().await;
    let gm = open_changed(&database, ENTER).await;
    let (sender, mut events) = mpsc::unbounded_channel();
    let subscription = gm.on_change::<Booking>(move |change| sender.send(change.action()).unwrap());
    let done = gm.transaction(async |tx| {
        for number in 0..3 {
            Account::create(account(&number.to_string(), "ada", 7))
                .exec(&tx)
                .await?;
        }
        Ok::<_, Error>(counts(&tx).await)
    });
    assert_eq!(done.await.unwrap(), (3, 3));
    published(&gm).await;
    assert_eq!(
        std::iter::from_fn(|| events.try_recv().ok()).collect::<Vec<_>>(),
        [Action::Refresh]
    );
    drop(subscription);
}

const DEFER: &str =
    "ALTER TABLE bookings ADD FOREIGN KEY (account) REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED";

#[tokio::test]
async fn a_constraint_that_is_checked_at_the_commit_undoes_everything() {
    let database = Database::create().await;
    let gm = open_changed(&database, DEFER).await;
    // In the order that the constraint allows only at the commit.
    let done = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        Account::create(account("1", "ada", 7)).exec(&tx).await
    });
    assert_eq!(done.await.unwrap().id, 1);
    let refused = gm.transaction(async |tx| {
        Account::create(account("2", "ada", 7)).exec(&tx).await?;
        Booking::create(booking(77, 7)).exec(&tx).await
    });
    assert!(refused.await.is_err_and(|error| error.is_conflict()));
    assert_eq!(counts(&gm).await, (1, 1));
}
