//! The queue: callers that leave, a full queue, and closing.

use std::num::NonZeroUsize;

use futures_util::FutureExt as _;
use gm_runtime::Error;

use super::{Gate, begin, builder, create, database, open, tags};

#[tokio::test]
async fn a_write_whose_caller_leaves_is_carried_out() {
    let database = database(&tags("")).await;
    let gm = open(&database).await;
    let gate = Gate::close(&database, &gm).await;
    let names: Vec<_> = (0..10).map(|number| number.to_string()).collect();
    drop(begin(names.iter().map(|name| create(&gm, name, None))).await);
    gate.open().await;
    create(&gm, "last", None).await.unwrap();
    assert_eq!(database.value("SELECT count(*) FROM tags").await, "11");
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let database = database(&tags("")).await;
    let gm = builder(&database.url())
        .database_queue(NonZeroUsize::new(4).unwrap())
        .build()
        .await
        .unwrap();
    let gate = Gate::close(&database, &gm).await;
    let writes = begin((0..4).map(|_| create(&gm, "a", None))).await;
    let refused = create(&gm, "b", None).now_or_never().unwrap().unwrap_err();
    assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
    gate.open().await;
    assert!(writes.await.iter().all(Result::is_ok));
    create(&gm, "c", None).await.unwrap();
}

#[tokio::test]
async fn closing_carries_out_the_queue_first() {
    let database = database(&tags("")).await;
    let gm = open(&database).await;
    let gate = Gate::close(&database, &gm).await;
    let names: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    let writes = begin(names.iter().map(|name| create(&gm, name, None))).await;
    let mut closing = Box::pin(gm.close());
    assert!(futures_util::poll!(&mut closing).is_pending());
    let refused = create(&gm, "late", None).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
    gate.open().await;
    let (written, ()) = tokio::join!(writes, closing);
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    assert_eq!(database.value("SELECT count(*) FROM tags").await, "50");
    let left = database.backends("application_name LIKE 'gm%'").await;
    assert_eq!(left, [], "a connection is left");
}
