//! The events of a transaction: after the commit or not at all, in the order of its writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gm_runtime::change::{Action, Change, Subscription};
use gm_runtime::field::Value;
use gm_runtime::{Error, Gm, Manager};
use gm_tests::marker::published;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Account, Booking, Storage, account, booking, counts, on_each_storage};

on_each_storage! {
    events_come_after_the_commit_in_order,
    a_transaction_that_is_rolled_back_has_no_events,
    many_changes_of_a_manager_are_one_refresh,
    the_event_of_an_undone_verb_is_not_published,
}

/// The manager, action and integer id of an event.
type Seen = (&'static str, Action, Option<i64>);

fn id(change: &Change) -> Option<i64> {
    match change.id() {
        Some(Value::Integer(id)) => Some(*id),
        _ => None,
    }
}

struct Events {
    events: UnboundedReceiver<Seen>,
    _subscriptions: [Subscription; 2],
}

impl Events {
    /// The events of both managers from now on.
    fn of(gm: &Gm) -> Self {
        let (sender, events) = unbounded_channel();
        let sender = Arc::new(sender);
        let bookings = Arc::clone(&sender);
        let subscriptions = [
            gm.on_change::<Account>(move |change| {
                sender
                    .send((Account::DESCRIPTION.name(), change.action(), id(change)))
                    .unwrap();
            })
            .unwrap(),
            gm.on_change::<Booking>(move |change| {
                bookings
                    .send((Booking::DESCRIPTION.name(), change.action(), id(change)))
                    .unwrap();
            })
            .unwrap(),
        ];
        Self {
            events,
            _subscriptions: subscriptions,
        }
    }

    /// The events of all writes until now.
    async fn until_now(&mut self, gm: &Gm) -> Vec<Seen> {
        published(gm).await;
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }
}

async fn events_come_after_the_commit_in_order(storage: Storage) {
    let gm = storage.gm().await;
    let mut events = Events::of(&gm);
    let early = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&early);
    let counting = gm.on_change::<Booking>(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let counting = counting.unwrap();
    let done = gm.transaction(async |tx| {
        let ada = Account::create(account("1", "ada", 7)).exec(&tx).await?;
        let first = Booking::create(booking(ada.id, 7)).exec(&tx).await?;
        let ada = ada.update().balance(8).exec(&tx).await?;
        // Nothing changes.
        let ada = ada.update().balance(8).exec(&tx).await?;
        let second = Booking::create(booking(ada.id, 1)).exec(&tx).await?;
        first.delete(&tx).await?;
        published(&gm).await;
        assert_eq!(early.load(Ordering::SeqCst), 0, "an event before the commit");
        Ok::<_, Error>((ada.id, first.id, second.id))
    });
    let (ada, first, second) = done.await.unwrap();
    drop(counting);
    let seen = events.until_now(&gm).await;
    // The rule for reading accounts depends on the row, so the changes of an account are one.
    assert_eq!(
        seen,
        [
            ("Account", Action::Create, Some(ada)),
            ("Booking", Action::Create, Some(first)),
            ("Booking", Action::Create, Some(second)),
            ("Booking", Action::Delete, Some(first)),
        ]
    );
}

async fn a_transaction_that_is_rolled_back_has_no_events(storage: Storage) {
    let gm = storage.gm().await;
    let mut events = Events::of(&gm);
    let failed = gm.transaction(async |tx| {
        for amount in 0..100 {
            Booking::create(booking(1, amount)).exec(&tx).await?;
        }
        Err::<(), _>(Error::invalid("Booking", "amount", "no"))
    });
    failed.await.unwrap_err();
    assert_eq!(events.until_now(&gm).await, []);
    let next = Booking::create(booking(1, 7)).exec(&gm).await.unwrap();
    assert_eq!(
        events.until_now(&gm).await,
        [("Booking", Action::Create, Some(next.id))]
    );
}

async fn many_changes_of_a_manager_are_one_refresh(storage: Storage) {
    let gm = storage.gm().await;
    let mut events = Events::of(&gm);
    for (creates, single_events) in [(64, 64), (65, 0), (500, 0)] {
        let done = gm.transaction(async |tx| {
            let ada = Account::create(account(&creates.to_string(), "ada", 7))
                .exec(&tx)
                .await?;
            for amount in 0..creates {
                Booking::create(booking(1, amount)).exec(&tx).await?;
            }
            Ok::<_, Error>(ada.id)
        });
        let ada = done.await.unwrap();
        let seen = events.until_now(&gm).await;
        let of = |manager, action| {
            seen.iter()
                .filter(move |seen| seen.0 == manager && seen.1 == action)
                .count()
        };
        assert_eq!(of("Booking", Action::Create), single_events, "{creates} creates");
        assert_eq!(
            of("Booking", Action::Refresh),
            usize::from(single_events == 0),
            "{creates} creates"
        );
        assert!(seen.contains(&("Account", Action::Create, Some(ada))));
        assert_eq!(of("Account", Action::Refresh), 0);
    }
    assert_eq!(counts(&gm).await, (3, 629));
}

async fn the_event_of_an_undone_verb_is_not_published(storage: Storage) {
    let gm = storage.gm().await;
    let taken = Account::create(account("taken", "ada", 1))
        .exec(&gm)
        .await
        .unwrap();
    let mut events = Events::of(&gm);
    published(&gm).await;
    let _ = events.until_now(&gm).await;
    let done = gm.transaction(async |tx| {
        let conflict = Account::create(account("taken", "ada", 1)).exec(&tx).await;
        assert!(conflict.is_err_and(|error| error.is_conflict()));
        taken.update().balance(7).exec(&tx).await
    });
    done.await.unwrap();
    assert_eq!(
        events.until_now(&gm).await,
        [("Account", Action::Update, Some(taken.id))]
    );
}
