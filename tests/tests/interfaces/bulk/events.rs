//! The events of a write of many rows: up to 64 single ones, else one refresh.

use std::collections::BTreeSet;

use gm_runtime::Gm;

use super::{Recorder, Task, on_each_storage, task};

on_each_storage! {
    up_to_64_changes_are_single_events_and_more_are_a_refresh,
    a_refused_write_has_no_events,
}

async fn up_to_64_changes_are_single_events_and_more_are_a_refresh(gm: Gm) {
    let mut recorder = Recorder::start(&gm).await;
    let refresh = BTreeSet::from([("refresh", None)]);
    for (rows, is_refresh) in [(1, false), (64, false), (65, true), (1_500, true)] {
        let ids = Task::create_many((0..rows).map(|_| task(1, "a")))
            .exec(&gm)
            .await
            .unwrap();
        let expected = |action| match is_refresh {
            true => refresh.clone(),
            false => ids.iter().map(|id| (action, Some(*id))).collect(),
        };
        assert_eq!(recorder.take().await, expected("create"), "{rows}");
        let changed = Task::query().update_all().priority(1).exec(&gm).await.unwrap();
        assert_eq!(changed, ids.len() as u64);
        assert_eq!(recorder.take().await, expected("update"), "{rows}");
        // No row changes.
        Task::query().update_all().priority(1).exec(&gm).await.unwrap();
        assert_eq!(recorder.take().await, BTreeSet::new(), "{rows}");
        assert_eq!(Task::query().delete_all(&gm).await.unwrap(), ids.len() as u64);
        assert_eq!(recorder.take().await, expected("delete"), "{rows}");
    }
}

async fn a_refused_write_has_no_events(gm: Gm) {
    let mut recorder = Recorder::start(&gm).await;
    let rows = [task(1, "a"), task(1, "far too long a title")];
    assert!(Task::create_many(rows).exec(&gm).await.unwrap_err().is_invalid());
    let rows = (0..100).map(|number| Task::create(task(1, "a")).code((number / 2).to_string()));
    assert!(Task::create_many(rows).exec(&gm).await.unwrap_err().is_conflict());
    assert_eq!(recorder.take().await, BTreeSet::new());
    assert_eq!(Task::count(&gm).await.unwrap(), 0);
}
