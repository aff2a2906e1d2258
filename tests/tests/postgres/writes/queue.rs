//! The queue: callers that leave, a full queue, and closing.

use std::num::NonZeroUsize;

use futures_util::FutureExt as _;
use gm_runtime::Error;

use super::{Gate, Tag, at_once, begin, builder, create, database, open, tags};

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

/// Each write of a row is judged with what the one before it wrote: else the second update would change nothing.
#[tokio::test]
async fn writes_of_one_row_are_carried_out_one_after_the_other() {
    let database = database(&tags("")).await;
    let gm = open(&database).await;
    let tag = create(&gm, "a", None).await.unwrap();
    let names = ["b", "a", "c", "a"];
    let updates = names.map(|name| Tag::by_id(tag.id).update().name(name).exec(&gm));
    let updated = at_once(&database, &gm, updates).await;
    for (updated, name) in updated.into_iter().zip(names) {
        assert_eq!(updated.unwrap().name, name);
    }
    assert_eq!(database.value("SELECT name FROM tags").await, "a");
    let deletion = Tag::by_id(tag.id).delete(&gm);
    let update = Tag::by_id(tag.id).update().name("d").exec(&gm);
    let gate = Gate::close(&database, &gm).await;
    let mut both = Box::pin(futures_util::future::join(deletion, update));
    assert!(futures_util::poll!(&mut both).is_pending());
    gate.open().await;
    let (deleted, updated) = both.await;
    deleted.unwrap();
    assert!(updated.unwrap_err().is_not_found());
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
