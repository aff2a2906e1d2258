//! The handle of a transaction: what it refuses, and how long it may be used.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::TryStreamExt as _;
use gm_runtime::change::Event;
use gm_runtime::error::TransactionError;
use gm_runtime::{Error, GeneralManager, Gm};
use tokio::sync::Notify;

use super::{Account, Booking, Storage, account, booking, counts, on_each_storage};
use crate::storage::Shelf;

on_each_storage! {
    a_handle_that_outlives_the_closure_is_refused,
    other_rows_are_refused,
    a_transaction_in_a_transaction_is_refused,
    events_of_a_transaction_are_refused,
    verbs_at_the_same_time_take_turns,
    a_verb_whose_future_is_dropped_rolls_back,
    the_transaction_of_a_spawned_task_is_sent,
    a_closed_handle_waits_for_its_transactions,
}

/// Rows of another service.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets", websocket_invalidation)]
struct RemoteTicket {
    #[field(id)]
    id: i64,
    title: String,
}

/// Rows in storage of the application.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Shelf<OwnTicket>)]
struct OwnTicket {
    #[field(id)]
    id: i64,
    title: String,
}

/// Rows in memory, next to those of a database.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "memos")]
struct Memo {
    #[field(id)]
    id: i64,
    text: String,
}

fn reason<T: std::fmt::Debug>(result: Result<T, Error>) -> TransactionError {
    match result {
        Err(Error::Transaction(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

async fn a_handle_that_outlives_the_closure_is_refused(storage: Storage) {
    let gm = storage.gm().await;
    for fails in [false, true] {
        let kept = Mutex::new(None);
        let ended = gm.transaction(async |tx| {
            let first = Booking::create(booking(1, 7)).exec(&tx).await?;
            let stream = Booking::query().page_size(1).stream(&tx);
            *kept.lock().unwrap() = Some((tx.clone(), stream, first));
            if fails {
                Err(Error::invalid("Booking", "amount", "no"))
            } else {
                Ok(())
            }
        });
        assert_eq!(ended.await.is_err(), fails);
        let (tx, mut stream, first) = kept.into_inner().unwrap().unwrap();
        let before = counts(&gm).await;
        assert_eq!(
            reason(Booking::create(booking(1, 7)).exec(&tx).await),
            TransactionError::Ended
        );
        assert_eq!(reason(Booking::get(&tx, first.id).await), TransactionError::Ended);
        assert_eq!(reason(first.delete(&tx).await), TransactionError::Ended);
        // Its manager is used for the first time.
        assert_eq!(reason(Account::count(&tx).await), TransactionError::Ended);
        assert_eq!(reason(stream.try_next().await), TransactionError::Ended);
        assert_eq!(counts(&gm).await, before);
    }
}

async fn other_rows_are_refused(storage: Storage) {
    let builder = storage.builder().manager::<OwnTicket>();
    let is_memory = matches!(storage, Storage::Memory);
    let gm = if is_memory {
        builder
    } else {
        builder.in_memory::<Memo>()
    };
    let gm = gm.build().await.unwrap();
    let done = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        let remote = RemoteTicket::create(RemoteTicketCreate { title: "a".into() })
            .exec(&tx)
            .await;
        let manager = "RemoteTicket";
        assert_eq!(reason(remote), TransactionError::OtherService { manager });
        assert_eq!(
            reason(RemoteTicket::get(&tx, 1).await),
            TransactionError::OtherService { manager }
        );
        let own = OwnTicket::create(OwnTicketCreate { title: "a".into() })
            .exec(&tx)
            .await;
        let manager = "OwnTicket";
        assert_eq!(reason(own), TransactionError::NoTransactions { manager });
        if !is_memory {
            let memo = Memo::create(MemoCreate { text: "a".into() }).exec(&tx).await;
            assert_eq!(reason(memo), TransactionError::OtherStorage { manager: "Memo" });
        }
        // The transaction goes on.
        Booking::create(booking(1, 8)).exec(&tx).await
    });
    done.await.unwrap();
    assert_eq!(counts(&gm).await, (0, 2));
    assert_eq!(OwnTicket::count(&gm).await.unwrap(), 0);
    if !is_memory {
        // The first verb decides.
        let done = gm.transaction(async |tx| {
            Memo::create(MemoCreate { text: "a".into() }).exec(&tx).await?;
            let other = Booking::create(booking(1, 7)).exec(&tx).await;
            assert_eq!(
                reason(other),
                TransactionError::OtherStorage { manager: "Booking" }
            );
            Ok::<_, Error>(())
        });
        done.await.unwrap();
        assert_eq!(Memo::count(&gm).await.unwrap(), 1);
    }
}

async fn a_transaction_in_a_transaction_is_refused(storage: Storage) {
    let gm = storage.gm().await;
    let done = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        let nested = tx.transaction(async |_| Ok::<_, Error>(())).await;
        assert_eq!(reason(nested), TransactionError::Nested);
        Booking::create(booking(1, 8)).exec(&tx).await
    });
    done.await.unwrap();
    assert_eq!(counts(&gm).await, (0, 2));
}

async fn events_of_a_transaction_are_refused(storage: Storage) {
    let gm = storage.gm().await;
    let refused = TransactionError::Events { manager: "Booking" };
    let done = gm.transaction(async |tx| {
        let mut live = Booking::query().watch(&tx);
        assert_eq!(reason(live.try_next().await), refused);
        assert!(live.try_next().await?.is_none());
        let mut changes = Booking::changes(&tx);
        assert_eq!(reason(changes.try_next().await), refused);
        assert!(changes.try_next().await?.is_none());
        assert_eq!(reason(tx.on_change::<Booking>(|_| {}).map(drop)), refused);
        assert_eq!(reason(tx.publish::<Booking>(Event::Update(1))), refused);
        assert_eq!(reason(tx.refresh::<Booking>()), refused);
        assert_eq!(reason(tx.grants_changed::<Booking>()), refused);
        assert_eq!(reason(tx.suspend_events::<Booking>()), refused);
        Booking::create(booking(1, 8)).exec(&tx).await
    });
    done.await.unwrap();
}

async fn verbs_at_the_same_time_take_turns(storage: Storage) {
    let gm = storage.gm().await;
    let done = gm.transaction(async |tx| {
        let creates = (0..20).map(|amount| Booking::create(booking(1, amount)).exec(&tx));
        futures_util::future::try_join_all(creates).await?;
        // A verb that is dropped before its turn changes nothing.
        let create = Booking::create(booking(1, 100)).exec(&tx);
        drop(create);
        Booking::count(&tx).await
    });
    assert_eq!(done.await.unwrap(), 20);
    assert_eq!(counts(&gm).await, (0, 20));
}

/// Polls a verb once, so that it is carried out, and drops it.
async fn interrupt(tx: &Gm) {
    let mut verb = std::pin::pin!(Booking::create(booking(1, 8)).exec(tx));
    assert!(futures_util::poll!(verb.as_mut()).is_pending());
}

async fn a_verb_whose_future_is_dropped_rolls_back(storage: Storage) {
    if matches!(storage, Storage::Memory) {
        // Its verbs never wait.
        return;
    }
    let gm = storage.gm().await;
    let ended = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        interrupt(&tx).await;
        assert_eq!(reason(Booking::count(&tx).await), TransactionError::Interrupted);
        Ok::<_, Error>(())
    });
    assert_eq!(reason(ended.await), TransactionError::Interrupted);
    assert_eq!(counts(&gm).await, (0, 0));
    Booking::create(booking(1, 9)).exec(&gm).await.unwrap();
    assert_eq!(counts(&gm).await, (0, 1));
}

async fn the_transaction_of_a_spawned_task_is_sent(storage: Storage) {
    let gm = storage.gm().await;
    let task_gm = gm.clone();
    let task = tokio::spawn(async move {
        let number = String::from("1");
        let ada = task_gm.transaction(async |tx| Account::create(account(&number, "ada", 7)).exec(&tx).await);
        ada.await.map(|ada| ada.number == number)
    });
    assert!(task.await.unwrap().unwrap());
    assert_eq!(counts(&gm).await, (1, 0));
}

async fn a_closed_handle_waits_for_its_transactions(storage: Storage) {
    let gm = storage.gm().await;
    let (begun, done) = (Notify::new(), AtomicBool::new(false));
    let transaction = gm.transaction(async |tx| {
        Booking::create(booking(1, 7)).exec(&tx).await?;
        begun.notify_one();
        for amount in 0..10 {
            tokio::task::yield_now().await;
            Booking::create(booking(1, amount)).exec(&tx).await?;
        }
        done.store(true, Ordering::SeqCst);
        Ok::<_, Error>(())
    });
    let closing = async {
        begun.notified().await;
        gm.close().await;
        assert!(
            done.load(Ordering::SeqCst),
            "the handle was closed before the end of its transaction"
        );
    };
    let (committed, ()) = tokio::join!(transaction, closing);
    committed.unwrap();
    let refused = gm.transaction(async |tx| Booking::create(booking(1, 7)).exec(&tx).await);
    assert!(matches!(refused.await, Err(Error::Unavailable(_))));
    if !matches!(storage, Storage::Memory) {
        assert_eq!(counts(&storage.gm().await).await, (0, 11));
    }
}
