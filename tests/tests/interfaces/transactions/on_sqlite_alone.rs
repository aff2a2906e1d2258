//! What SQLite alone can do to a transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gm_runtime::change::{Action, Change};
use gm_runtime::error::TransactionError;
use gm_runtime::{Error, GeneralManager, Gm};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::{Booking, booking};

/// A row whose account must exist at the commit.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "entries")]
struct Entry {
    #[field(id)]
    id: i64,
    booking: i64,
}

struct File(TempDir);

impl File {
    fn new(tables: &str) -> Self {
        let file = Self(TempDir::new().unwrap());
        let connection = rusqlite::Connection::open(file.0.path().join("rows.db")).unwrap();
        connection.execute_batch(tables).unwrap();
        file
    }

    async fn open(&self) -> Gm {
        let builder = Gm::builder().database(format!("sqlite://{}/rows.db", self.0.path().display()));
        builder
            .manager::<Booking>()
            .manager::<Entry>()
            .build()
            .await
            .unwrap()
    }
}

const BOOKINGS: &str = "CREATE TABLE bookings (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account INTEGER NOT NULL, amount INTEGER NOT NULL) STRICT;";
const ENTRIES: &str = "CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    booking INTEGER NOT NULL) STRICT;";

async fn count(gm: &Gm) -> (u64, u64) {
    (Booking::count(gm).await.unwrap(), Entry::count(gm).await.unwrap())
}

#[tokio::test]
async fn a_trigger_that_rolls_back_ends_the_transaction() {
    let file = File::new(&format!(
        "{BOOKINGS}{ENTRIES} CREATE TRIGGER forbid AFTER INSERT ON bookings WHEN new.amount < 0
         BEGIN SELECT RAISE(ROLLBACK, 'no'); END;"
    ));
    let gm = file.open().await;
    let ended = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        assert!(Booking::create(booking(1, -7)).exec(&tx).await.is_err());
        let next = Booking::create(booking(1, 8)).exec(&tx).await;
        assert!(matches!(
            next,
            Err(Error::Transaction(TransactionError::RolledBack))
        ));
        Ok::<_, Error>(())
    });
    assert!(matches!(
        ended.await,
        Err(Error::Transaction(TransactionError::RolledBack))
    ));
    assert_eq!(count(&gm).await, (0, 0));
    Booking::create(booking(1, 7)).exec(&gm).await.unwrap();
}

#[tokio::test]
async fn a_constraint_that_is_checked_at_the_commit_undoes_everything() {
    let file = File::new(&format!(
        "{BOOKINGS} CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
         booking INTEGER NOT NULL REFERENCES bookings (id) DEFERRABLE INITIALLY DEFERRED) STRICT;"
    ));
    let gm = file.open().await;
    // In the order that the constraint allows only at the commit.
    let done = gm.transaction(async |tx| {
        Entry::create(EntryCreate { booking: 1 }).exec(&tx).await?;
        Booking::create(booking(1, 7)).exec(&tx).await
    });
    assert_eq!(done.await.unwrap().id, 1);
    let refused = gm.transaction(async |tx| {
        Booking::create(booking(1, 8)).exec(&tx).await?;
        Entry::create(EntryCreate { booking: 77 }).exec(&tx).await
    });
    assert!(refused.await.is_err_and(|error| error.is_conflict()));
    assert_eq!(count(&gm).await, (1, 1));
}

#[tokio::test]
async fn side_effects_are_published_with_the_commit() {
    let file = File::new(&format!(
        "{BOOKINGS}{ENTRIES} CREATE TRIGGER enter AFTER INSERT ON bookings
         BEGIN INSERT INTO entries (booking) VALUES (new.id); END;"
    ));
    let gm = file.open().await;
    let (sender, mut events) = mpsc::unbounded_channel();
    let early = Arc::new(AtomicUsize::new(0));
    let count_events = Arc::clone(&early);
    let subscription = gm.on_change::<Entry>(move |change: &Change| {
        count_events.fetch_add(1, Ordering::SeqCst);
        sender.send(change.action()).unwrap();
    });
    let done = gm.transaction(async |tx| {
        for amount in 0..3 {
            Booking::create(booking(1, amount)).exec(&tx).await?;
        }
        assert_eq!(count(&tx).await, (3, 3));
        assert_eq!(early.load(Ordering::SeqCst), 0, "an event before the commit");
        Ok::<_, Error>(())
    });
    done.await.unwrap();
    assert_eq!(events.try_recv(), Ok(Action::Refresh));
    drop(subscription);
}

#[tokio::test]
async fn a_database_in_memory_has_transactions() {
    let gm = Gm::builder()
        .database("sqlite::memory:")
        .manager::<Booking>()
        .manager::<Entry>();
    let gm = gm.build().await.unwrap();
    let done = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        assert_eq!(
            Booking::query()
                .page(1)
                .page_size(1)
                .all(&tx)
                .await?
                .total_count(),
            Some(1)
        );
        Err::<(), _>(Error::invalid("Booking", "amount", "no"))
    });
    done.await.unwrap_err();
    assert_eq!(count(&gm).await, (0, 0));
}
