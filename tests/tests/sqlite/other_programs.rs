//! A file that other programs also write.

use std::time::Duration;

use gm_runtime::change::{Action, Change};
use gm_runtime::{Error, GeneralManager};

use crate::model::{Item, item};
use crate::{Folder, Subscriber, change};

#[tokio::test]
async fn a_write_by_another_program_is_a_refresh() {
    let folder = Folder::new();
    let gm = folder.open().await;
    Item::create(item("a")).exec(&gm).await.unwrap();
    let mut changes = Subscriber::of::<Item>(&gm);
    folder
        .other()
        .execute("UPDATE items SET title = 'b'", [])
        .unwrap();
    assert_eq!(changes.next().await, Change::refresh());
    assert_eq!(Item::get(&gm, 1).await.unwrap().title, "b");
}

#[tokio::test]
async fn a_write_by_another_program_is_published_before_our_next_write() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let row = Item::create(item("a")).exec(&gm).await.unwrap();
    let mut changes = Subscriber::of::<Item>(&gm);
    folder
        .other()
        .execute("UPDATE items SET title = 'b'", [])
        .unwrap();
    row.update().count(1).exec(&gm).await.unwrap();
    assert_eq!(changes.received(), [Change::refresh(), change(Action::Update, 1)]);
    // Our own writes are not mistaken for those of another program.
    row.update().count(2).exec(&gm).await.unwrap();
    assert_eq!(changes.received(), [change(Action::Update, 1)]);
}

#[tokio::test]
async fn a_lock_held_too_long_is_unavailable() {
    let folder = Folder::new();
    let gm = folder
        .builder()
        .database_busy_timeout(Duration::from_millis(20))
        .manager::<Item>()
        .build()
        .await
        .unwrap();
    let other = folder.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = Item::create(item("a")).exec(&gm).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
    assert!(refused.is_retryable());
    // Readers do not wait.
    assert_eq!(Item::query().count(&gm).await.unwrap(), 0);
    other.execute_batch("COMMIT").unwrap();
    Item::create(item("a")).exec(&gm).await.unwrap();
}

#[tokio::test]
async fn a_value_that_does_not_fit_its_field_is_named() {
    for (column, value, field) in [
        ("count", "3000000000", "count"),
        ("done", "2", "done"),
        ("amount", "10000000000", "amount"),
        ("due", "'2024-1-31'", "due"),
        ("due", "'2024-02-30'", "due"),
        ("starts_at", "9000000000000000000", "starts_at"),
        ("token", "'6F9619FF-8B86-D011-B42D-00C04FC964FF'", "token"),
        ("remark", "CAST(x'ff' AS TEXT)", "note"),
    ] {
        let folder = Folder::new();
        let gm = folder.open().await;
        Item::create(item("a")).exec(&gm).await.unwrap();
        folder
            .other()
            .execute(&format!("UPDATE items SET {column} = {value}"), [])
            .unwrap();
        let refused = Item::get(&gm, 1).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Record { manager: "Item", field: named, .. } if *named == field),
            "{column} = {value}: {refused}"
        );
        assert!(Item::query().all(&gm).await.is_err());
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "items")]
struct Heading {
    #[field(id)]
    id: i64,
    title: String,
}

#[tokio::test]
async fn two_managers_of_one_table_receive_each_others_changes() {
    let folder = Folder::new();
    let gm = folder
        .builder()
        .manager::<Item>()
        .manager::<Heading>()
        .build()
        .await
        .unwrap();
    let mut changes = Subscriber::of::<Heading>(&gm);
    Item::create(item("a")).exec(&gm).await.unwrap();
    assert_eq!(changes.received(), [change(Action::Create, 1)]);
}
