//! Rows are read back as they were written.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use futures_util::TryStreamExt;
use gm_runtime::{Error, GeneralManager, Gm};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::model::{Item, ItemCreate, item};
use crate::{Folder, begin};

#[tokio::test]
async fn every_type_is_read_back_unchanged() {
    let folder = Folder::new();
    let gm = folder.open().await;
    for (number, instant) in [
        (0, Utc.timestamp_micros(-62_135_596_800_000_000).unwrap()),
        (1, Utc.timestamp_micros(-1).unwrap()),
        (2, "9999-12-31T23:59:59.999999Z".parse::<DateTime<Utc>>().unwrap()),
    ] {
        let row = Item::create(item("Ωmega '\"%_\\ \u{10FFFF}"))
            .note("")
            .count(i32::MIN)
            .big(i64::MAX - number)
            .amount(Decimal::new(-9_999_999_999, 2))
            .price("999999999999.999999".parse::<Decimal>().unwrap())
            .ratio(0.1 + 0.2)
            .due(NaiveDate::from_ymd_opt(1, 1, 1).unwrap())
            .starts_at(instant)
            .done(true)
            .token(Uuid::from_u128(u128::MAX - 1))
            .exec(&gm)
            .await
            .unwrap();
        assert_eq!(row.starts_at, Some(instant));
        assert_eq!(row, Item::get(&gm, row.id).await.unwrap());
        assert_eq!(row.price.unwrap().to_string(), "999999999999.999999");
    }
    let bare = Item::create(item("")).exec(&gm).await.unwrap();
    assert_eq!(bare, Item::get(&gm, bare.id).await.unwrap());
    assert_eq!(bare.amount.to_string(), "0.00");
    assert_eq!((bare.note, bare.big, bare.token), (None, None, None));
}

#[tokio::test]
async fn times_are_truncated_to_microseconds_before_the_answer() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let row = Item::create(item("a"))
        .starts_at(Utc.timestamp_nanos(1_999))
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(row.starts_at, Some(Utc.timestamp_nanos(1_000)));
    assert_eq!(row, Item::get(&gm, row.id).await.unwrap());
}

#[tokio::test]
async fn an_update_changes_only_its_fields() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let row = Item::create(item("a"))
        .note("n")
        .count(3)
        .exec(&gm)
        .await
        .unwrap();
    let changed = row.update().title("b").note(None).exec(&gm).await.unwrap();
    assert_eq!(
        (changed.title.as_str(), &changed.note, changed.count),
        ("b", &None, 3)
    );
    assert_eq!(changed, Item::get(&gm, row.id).await.unwrap());
    let missing = Item::by_id(77).update().count(1).exec(&gm).await;
    assert!(missing.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_id_is_never_reused() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let row = Item::create(item("a")).exec(&gm).await.unwrap();
    row.delete(&gm).await.unwrap();
    assert!(row.delete(&gm).await.unwrap_err().is_not_found());
    assert!(Item::get(&gm, row.id).await.unwrap_err().is_not_found());
    gm.close().await;
    let gm = folder.open().await;
    assert_eq!(Item::create(item("b")).exec(&gm).await.unwrap().id, 2);
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "places")]
struct Place {
    #[field(id)]
    code: String,
    name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "keys")]
struct Key {
    #[field(id)]
    id: Uuid,
}

#[tokio::test]
async fn a_caller_may_assign_the_id() {
    let folder = Folder::new();
    let gm = folder
        .builder()
        .manager::<Place>()
        .manager::<Key>()
        .build()
        .await
        .unwrap();
    let place = Place::create(PlaceCreate {
        code: "Zürich/1".into(),
        name: "Zürich".into(),
    });
    let row = place.clone().exec(&gm).await.unwrap();
    assert_eq!(row, Place::get(&gm, "Zürich/1").await.unwrap());
    assert!(place.exec(&gm).await.unwrap_err().is_conflict());
    let id = Uuid::from_u128(7);
    let key = Key::create(KeyCreate { id }).exec(&gm).await.unwrap();
    assert_eq!(key, Key::get(&gm, id).await.unwrap());
    assert_eq!(Key::filter(|k| k.id.is_in([id])).count(&gm).await.unwrap(), 1);
}

#[tokio::test]
async fn the_same_verbs_work_in_memory() {
    let gm = Gm::builder()
        .database("sqlite::memory:")
        .manager::<Item>()
        .build()
        .await
        .unwrap();
    let row = Item::create(item("a")).exec(&gm).await.unwrap();
    assert_eq!(Item::get(&gm, row.id).await.unwrap(), row);
    assert_eq!(Item::filter(|i| i.title.eq("a")).count(&gm).await.unwrap(), 1);
    gm.close().await;
}

#[tokio::test]
async fn close_finishes_accepted_writes_and_refuses_later_ones() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let writes = begin((0..50).map(|number| Item::create(item("a")).count(number).exec(&gm))).await;
    gm.close().await;
    gm.close().await;
    assert!(writes.await.iter().all(Result::is_ok));
    assert!(matches!(Item::get(&gm, 1).await, Err(Error::Unavailable(_))));
    assert!(
        !folder.path().with_extension("db-wal").exists(),
        "everything is in the file"
    );
    let gm = folder.open().await;
    assert_eq!(Item::query().count(&gm).await.unwrap(), 50);
}

#[tokio::test]
async fn the_last_handle_closes_the_file() {
    let folder = Folder::new();
    let gm = folder.open().await;
    Item::create(item("a")).exec(&gm).await.unwrap();
    let log = folder.path().with_extension("db-wal");
    assert!(log.exists());
    drop(gm);
    // SQLite removes the log when the last connection to the file is closed.
    let closed = async {
        while log.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), closed)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_creates_get_different_ids() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let gm = gm.clone();
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for _ in 0..20 {
                    let row = Item::create(ItemCreate { title: "a".into() })
                        .exec(&gm)
                        .await
                        .unwrap();
                    // An answered write is visible to every reader.
                    assert_eq!(Item::get(&gm, row.id).await.unwrap(), row);
                    ids.push(row.id);
                }
                ids
            })
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for task in tasks {
        ids.extend(task.await.unwrap());
    }
    assert_eq!(ids.len(), 640);
    let rows = Item::query().all(&gm).await.unwrap();
    assert_eq!(rows.total_count(), Some(640));
    assert!(rows.iter().map(|row| row.id).eq(ids));
}

#[tokio::test]
async fn a_stream_returns_the_rows_of_every_page() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let mut writes = begin((0..7).map(|_| Item::create(item("a")).exec(&gm))).await;
    assert!((&mut writes).await.iter().all(Result::is_ok));
    let by_threes = Item::query().page_size(3).stream(&gm);
    let ids: Vec<i64> = by_threes.map_ok(|row| row.id).try_collect().await.unwrap();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7]);
    // A requested page is the only one.
    let second = Item::query().page(2).page_size(3).stream(&gm);
    let ids: Vec<i64> = second.map_ok(|row| row.id).try_collect().await.unwrap();
    assert_eq!(ids, [4, 5, 6]);
}
