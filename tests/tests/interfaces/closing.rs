//! Closed handles behave the same for every storage.

use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _};
use gm_runtime::change::Event;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm};
use tokio::sync::Semaphore;

use crate::storage::Shelf;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "parcels")]
struct Parcel {
    #[field(id)]
    id: i64,
    name: String,
}

/// Storage whose writes wait for a permit.
struct Slow {
    shelf: Shelf<Parcel>,
    entered: Arc<Semaphore>,
    gate: Arc<Semaphore>,
}

impl Interface<Parcel> for Slow {
    async fn query(&self, select: &Select) -> Result<Page<Parcel>, Error> {
        self.shelf.query(select).await
    }

    async fn get(&self, id: &i64) -> Result<Option<Parcel>, Error> {
        self.shelf.get(id).await
    }

    async fn create(&self, values: &Values) -> Result<Parcel, Error> {
        self.entered.add_permits(1);
        self.gate.acquire().await.map_err(Error::storage)?.forget();
        self.shelf.create(values).await
    }

    async fn update(&self, id: &i64, values: &Values) -> Result<Option<Updated<Parcel>>, Error> {
        self.shelf.update(id, values).await
    }

    async fn delete(&self, id: &i64) -> Result<bool, Error> {
        self.shelf.delete(id).await
    }
}

fn parcel() -> ParcelCreate {
    ParcelCreate { name: "a".into() }
}

#[tokio::test]
async fn closing_waits_for_the_writes_in_flight_and_their_changes() {
    let (entered, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let slow = Slow {
        shelf: Shelf::default(),
        entered: Arc::clone(&entered),
        gate: Arc::clone(&gate),
    };
    let gm = Gm::builder().interface::<Parcel>(slow).build().await.unwrap();
    let mut changes = Parcel::changes(&gm);
    let one = {
        let gm = gm.clone();
        tokio::spawn(async move { Parcel::create(parcel()).exec(&gm).await })
    };
    // The caller of the other write is cancelled.
    let mut other = Box::pin(Parcel::create(parcel()).exec(&gm));
    assert!((&mut other).now_or_never().is_none());
    entered.acquire_many(2).await.unwrap().forget();
    drop(other);
    let mut closing = Box::pin(gm.close());
    assert!((&mut closing).now_or_never().is_none());
    let refused = Parcel::create(parcel()).exec(&gm).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
    assert!(changes.next().now_or_never().is_none());
    gate.add_permits(1);
    let mut received = vec![changes.next().await.unwrap().unwrap()];
    // One write is still in flight.
    assert!((&mut closing).now_or_never().is_none());
    gate.add_permits(1);
    closing.await;
    while let Some(change) = changes.next().await {
        received.push(change.unwrap());
    }
    received.sort_by_key(|event| event.id().copied());
    assert_eq!(received, [Event::Create(1), Event::Create(2)]);
    one.await.unwrap().unwrap();
    assert_eq!(Parcel::query().count(&gm).await.unwrap(), 2);
}

#[tokio::test]
async fn a_closed_handle_takes_no_writes() {
    for builder in [
        Gm::builder().database("sqlite::memory:").manager::<Parcel>(),
        Gm::builder().in_memory::<Parcel>(),
        Gm::builder().interface::<Parcel>(Shelf::default()),
    ] {
        let gm = builder.build().await.unwrap();
        let parcel = Parcel::create(ParcelCreate { name: "a".into() })
            .exec(&gm)
            .await
            .unwrap();
        gm.close().await;
        let created = Parcel::create(ParcelCreate { name: "b".into() })
            .exec(&gm)
            .await
            .err();
        let updated = parcel.update().name("b").exec(&gm).await.err();
        let deleted = parcel.delete(&gm).await.err();
        for error in [created, updated, deleted] {
            assert!(matches!(error, Some(Error::Unavailable(_))), "{error:?}");
        }
        // A second close is allowed.
        gm.close().await;
    }
}
