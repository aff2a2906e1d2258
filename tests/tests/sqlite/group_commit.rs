//! Writes that wait together share a commit, and fail alone.

use std::path::Path;

use gm_runtime::change::{Action, Change};
use gm_runtime::{Error, GeneralManager, Gm};

use crate::{Folder, Subscriber, begin, change};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tags")]
struct Tag {
    #[field(id)]
    id: i64,
    name: String,
    parent: Option<i64>,
}

/// A table with constraints, as an application's migrations create it.
async fn open(folder: &Folder, constraints: &str) -> Gm {
    let text = format!(
        "CREATE TABLE tags (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, parent INTEGER{constraints}) STRICT"
    );
    folder.other().execute_batch(&text).unwrap();
    folder.builder().manager::<Tag>().build().await.unwrap()
}

/// Creates these rows at once: all wait for the file's lock, and continue together.
async fn create_at_once(folder: &Folder, gm: &Gm, tags: &[(&str, Option<i64>)]) -> Vec<Result<Tag, Error>> {
    let other = folder.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes = tags.iter().map(|(name, parent)| {
        let name = (*name).to_owned();
        Tag::create(TagCreate { name }).parent(*parent).exec(gm)
    });
    let writes = begin(writes).await;
    other.execute_batch("COMMIT").unwrap();
    writes.await
}

/// The number of transactions in the log: the last frame of each has the size of the file.
/// <https://sqlite.org/fileformat2.html#the_write_ahead_log>
fn commits(database: &Path) -> usize {
    let log = std::fs::read(database.with_extension("db-wal")).unwrap();
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    // Before the first transaction the log is empty.
    let Some((header, frames)) = log.split_at_checked(32) else {
        return 0;
    };
    let page = number(&header[8..12]) as usize;
    frames
        .chunks_exact(24 + page)
        .filter(|frame| {
            frame[8..24] == *[&header[16..24], &frame[16..24]].concat() && number(&frame[4..8]) > 0
        })
        .count()
}

#[tokio::test]
async fn concurrent_writes_share_a_commit() {
    let folder = Folder::new();
    let gm = open(&folder, "").await;
    let before = commits(&folder.path());
    let tags: Vec<_> = (0..100).map(|_| ("a", None)).collect();
    let created = create_at_once(&folder, &gm, &tags).await;
    assert!(created.iter().all(Result::is_ok));
    let shared = commits(&folder.path()) - before;
    // The first write may have begun alone.
    assert!((1..=2).contains(&shared), "{shared} commits for 100 writes");
}

#[tokio::test]
async fn a_conflict_fails_alone() {
    let folder = Folder::new();
    let gm = open(&folder, ", UNIQUE (name)").await;
    let mut changes = Subscriber::of::<Tag>(&gm);
    let created = create_at_once(
        &folder,
        &gm,
        &[("a", None), ("b", None), ("a", None), ("c", None), ("b", None)],
    )
    .await;
    let outcomes: Vec<_> = created.iter().map(Result::is_ok).collect();
    assert_eq!(outcomes, [true, true, false, true, false]);
    for refused in created.iter().filter_map(|result| result.as_ref().err()) {
        assert!(
            matches!(
                refused,
                Error::Conflict {
                    manager: "Tag",
                    field: Some("name"),
                    ..
                }
            ),
            "{refused}"
        );
    }
    let ids = created.iter().filter_map(|result| result.as_ref().ok());
    let expected: Vec<_> = ids.map(|tag| change(Action::Create, tag.id)).collect();
    assert_eq!(changes.received(), expected);
    assert_eq!(Tag::query().count(&gm).await.unwrap(), 3);
    let update = Tag::filter(|t| t.name.eq("b")).one(&gm).await.unwrap().update();
    assert!(update.name("a").exec(&gm).await.unwrap_err().is_conflict());
    assert_eq!(changes.received(), [] as [Change; 0]);
}

#[tokio::test]
async fn a_foreign_key_fails_alone() {
    let folder = Folder::new();
    let gm = open(&folder, " REFERENCES tags (id)").await;
    let created = create_at_once(&folder, &gm, &[("a", None), ("b", Some(99)), ("c", Some(1))]).await;
    let outcomes: Vec<_> = created.iter().map(Result::is_ok).collect();
    assert_eq!(outcomes, [true, false, true]);
    // A row that another row refers to.
    let refused = Tag::by_id(1).delete(&gm).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
}

#[tokio::test]
async fn a_deferred_constraint_fails_alone() {
    let folder = Folder::new();
    let gm = open(&folder, " REFERENCES tags (id) DEFERRABLE INITIALLY DEFERRED").await;
    let mut changes = Subscriber::of::<Tag>(&gm);
    let created = create_at_once(&folder, &gm, &[("a", None), ("b", Some(99)), ("c", None)]).await;
    let outcomes: Vec<_> = created.iter().map(Result::is_ok).collect();
    assert_eq!(outcomes, [true, false, true]);
    assert!(created[1].as_ref().unwrap_err().is_conflict());
    let ids = created.iter().filter_map(|result| result.as_ref().ok());
    let expected: Vec<_> = ids.map(|tag| change(Action::Create, tag.id)).collect();
    assert_eq!(changes.received(), expected);
    let names = Tag::query().all(&gm).await.unwrap();
    assert!(names.iter().map(|tag| tag.name.as_str()).eq(["a", "c"]));
}

/// SQLite undoes a failed statement, but not before a trigger's `RAISE(FAIL)`.
#[tokio::test]
async fn a_failed_write_undoes_its_triggers_alone() {
    let folder = Folder::new();
    let gm = open(&folder, "").await;
    let triggers = "CREATE TABLE seen (name TEXT);
        CREATE TRIGGER see AFTER INSERT ON tags BEGIN
            INSERT INTO seen VALUES (new.name);
            SELECT RAISE (FAIL, 'bad') WHERE new.name = 'bad';
        END";
    folder.other().execute_batch(triggers).unwrap();
    let mut changes = Subscriber::of::<Tag>(&gm);
    // The first failure happens without savepoints, the second with savepoints.
    for _ in 0..2 {
        let created = create_at_once(
            &folder,
            &gm,
            &[("a", None), ("b", None), ("bad", None), ("c", None)],
        )
        .await;
        let outcomes: Vec<_> = created.iter().map(Result::is_ok).collect();
        assert_eq!(outcomes, [true, true, false, true]);
        let ids = created.iter().filter_map(|result| result.as_ref().ok());
        let expected: Vec<_> = ids.map(|tag| change(Action::Create, tag.id)).collect();
        let mut changes = changes.received();
        // The refresh for the trigger that another connection created.
        changes.retain(|change| change.action() != Action::Refresh);
        assert_eq!(changes, expected);
    }
    // A write alone.
    let name = "bad".into();
    assert!(Tag::create(TagCreate { name }).exec(&gm).await.is_err());
    assert_eq!(changes.received(), []);
    let names = Tag::query().all(&gm).await.unwrap();
    assert!(
        names
            .iter()
            .map(|tag| tag.name.as_str())
            .eq(["a", "b", "c", "a", "b", "c"])
    );
    let seen = "SELECT group_concat(name, ' ') FROM seen";
    let seen: String = folder.other().query_row(seen, [], |row| row.get(0)).unwrap();
    assert_eq!(seen, "a b c a b c");
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "labels")]
struct Label {
    #[field(id)]
    id: i64,
    name: String,
}

/// Concurrent writes of two managers: tags, and labels of which every second one is a duplicate.
async fn write_with_labels(folder: &Folder, gm: &Gm) -> (Vec<Result<Tag, Error>>, Vec<Result<Label, Error>>) {
    let other = folder.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut tags = Vec::new();
    let mut labels = Vec::new();
    for number in 0..40 {
        let name = format!("tag {number}");
        tags.push(begin([Tag::create(TagCreate { name }).exec(gm)]).await);
        if number % 10 == 5 {
            let name = if number % 20 == 5 { "same" } else { "other" }.to_owned();
            labels.push(begin([Label::create(LabelCreate { name }).exec(gm)]).await);
        }
    }
    other.execute_batch("COMMIT").unwrap();
    let (mut created, mut labelled) = (Vec::new(), Vec::new());
    for tag in tags {
        created.extend(tag.await);
    }
    for label in labels {
        labelled.extend(label.await);
    }
    (created, labelled)
}

/// SQLite rolls back the transaction that all writes share.
#[tokio::test]
async fn a_write_that_rolls_back_the_transaction_fails_alone() {
    let by_constraint = "CREATE TABLE labels (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE ON CONFLICT ROLLBACK) STRICT";
    let by_trigger = "CREATE TABLE labels (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL) STRICT;
        CREATE TRIGGER once BEFORE INSERT ON labels WHEN EXISTS (SELECT 1 FROM labels WHERE name = new.name) BEGIN
            SELECT RAISE (ROLLBACK, 'there is one already'); END";
    for labels in [by_constraint, by_trigger] {
        let folder = Folder::new();
        let tags = "CREATE TABLE tags (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, parent INTEGER) STRICT";
        folder
            .other()
            .execute_batch(&format!("{tags}; {labels}"))
            .unwrap();
        let builder = folder.builder().manager::<Tag>().manager::<Label>();
        let gm = builder.build().await.unwrap();
        let (mut changes, mut labels_changes) = (Subscriber::of::<Tag>(&gm), Subscriber::of::<Label>(&gm));
        // The second time, writes have savepoints.
        for round in 1..=2 {
            let (tags, labels) = write_with_labels(&folder, &gm).await;
            let refused: Vec<_> = tags.iter().filter_map(|tag| tag.as_ref().err()).collect();
            assert!(refused.is_empty(), "{labels:?}: {refused:?}");
            let ids = tags.iter().filter_map(|tag| tag.as_ref().ok());
            let expected: Vec<_> = ids.map(|tag| change(Action::Create, tag.id)).collect();
            let mut changes = changes.received();
            // The lock of another connection is no change. Its new table is one.
            changes.retain(|change| change.action() != Action::Refresh);
            assert_eq!(changes, expected);
            let outcomes: Vec<_> = labels.iter().map(Result::is_ok).collect();
            let is_new = round == 1;
            assert_eq!(outcomes, [is_new, is_new, false, false]);
            for refused in labels.iter().filter_map(|label| label.as_ref().err()) {
                assert!(
                    matches!(refused, Error::Conflict { manager: "Label", .. }),
                    "{refused}"
                );
            }
            assert_eq!(labels_changes.received().len(), if is_new { 2 } else { 0 });
        }
        assert_eq!(Tag::count(&gm).await.unwrap(), 80);
        assert_eq!(Label::count(&gm).await.unwrap(), 2);
        let mut names: Vec<_> = Tag::query()
            .all(&gm)
            .await
            .unwrap()
            .iter()
            .map(|tag| tag.name.clone())
            .collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 40);
    }
}
