//! A field of each type.

use chrono::{NaiveDate, TimeZone as _, Utc};
use rust_decimal::Decimal;

use super::Peer;
use super::managers::{RemoteWorkItem, RemoteWorkItemCreate};

fn required(title: &str) -> RemoteWorkItemCreate {
    RemoteWorkItemCreate {
        title: title.into(),
        amount: Decimal::new(125, 1),
    }
}

pub(super) async fn every_type_goes_there_and_back(peer: Peer) {
    let gm = peer.caller().await;
    // To the millisecond: the package cuts what is finer.
    let starts_at = Utc.timestamp_millis_opt(1_706_704_200_123).unwrap();
    let due = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    let created = RemoteWorkItem::create(required("types"))
        .note("")
        .body("line1\nline2")
        .count(-5)
        .ratio(1e22)
        .due(due)
        .starts_at(starts_at)
        .done(true)
        .exec(&gm)
        .await
        .unwrap();
    let read = RemoteWorkItem::get(&gm, created.id).await.unwrap();
    assert_eq!(read.note.as_deref(), Some(""));
    assert_eq!(read.body, "line1\nline2");
    assert_eq!(read.count, -5);
    assert_eq!(read.amount.to_string(), "12.50");
    assert_eq!(read.ratio, 1e22);
    assert_eq!(read.due, Some(due));
    assert_eq!(read.starts_at, Some(starts_at));
    assert!(read.done);
    assert_eq!(created, read);
}

pub(super) async fn what_is_left_out_is_filled_in(peer: Peer) {
    let gm = peer.caller().await;
    let created = RemoteWorkItem::create(required("defaults"))
        .exec(&gm)
        .await
        .unwrap();
    let filled = (created.body.as_str(), created.count, created.ratio, created.done);
    assert_eq!(filled, ("", 0, 0.0, false));
    assert_eq!((created.note, created.due, created.starts_at), (None, None, None));
}

pub(super) async fn null_clears(peer: Peer) {
    let gm = peer.caller().await;
    let day = NaiveDate::from_ymd_opt(2024, 1, 31);
    let create = RemoteWorkItem::create(required("cleared")).note("n").due(day);
    let created = create.exec(&gm).await.unwrap();
    let cleared = created.update().note(None).due(None).exec(&gm).await.unwrap();
    assert_eq!((cleared.note, cleared.due), (None, None));
    assert_eq!(cleared.title, "cleared");
}

pub(super) async fn lookups_of_every_type(peer: Peer) {
    let gm = peer.caller().await;
    let starts_at = Utc.timestamp_millis_opt(1_706_704_200_123).unwrap();
    let due = NaiveDate::from_ymd_opt(2023, 2, 28).unwrap();
    let create = RemoteWorkItem::create(required("typed lookups"))
        .count(7)
        .ratio(0.25)
        .due(due)
        .starts_at(starts_at)
        .done(true);
    let created = create.exec(&gm).await.unwrap();
    let mine = || RemoteWorkItem::filter(|w| w.title.eq("typed lookups"));
    let matching = mine().filter(|w| {
        w.count.range(7, 8)
            & w.ratio.lt(0.5)
            & w.amount.gte(Decimal::new(1250, 2))
            & w.due.year(2023)
            & w.due.month(2)
            & w.starts_at.gte(starts_at)
            & w.starts_at.date(starts_at.date_naive())
            & w.done.eq(true)
            & w.note.is_null(true)
    });
    assert_eq!(matching.one(&gm).await.unwrap().id, created.id);
    for other in [
        mine().filter(|w| w.amount.gt(Decimal::new(1250, 2))),
        mine().filter(|w| w.due.day(27)),
        mine().filter(|w| w.done.is_in([false])),
        mine().exclude(|w| w.note.is_null(true)),
    ] {
        assert!(!other.exists(&gm).await.unwrap(), "{other:?}");
    }
}
