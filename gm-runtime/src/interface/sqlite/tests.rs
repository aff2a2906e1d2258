//! Conditions that the public surface can't cause: panics on the threads, a full disk, settings of a connection.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, StatementStatus};

use super::{ConnectOptions, Location, Sqlite};
use crate::change::{Change, Hook, Topic};
use crate::error::Error;
use crate::field::Value;
use crate::interface::TransactionTimeLimit;
use crate::interface::sql::Synchronous;
use crate::interface::sql::schema::TargetTable;
use crate::interface::{
    Answer, ErasedInterface, Read, Representation, Target, Write, WriteRequest, Writes, Written,
};
use crate::manager::{Description, FieldDescription, Values};
use crate::query::Select;
use crate::query::pattern::PatternTimeLimit;

static FIELDS: [FieldDescription; 2] = [
    FieldDescription::new::<i64>("id"),
    FieldDescription::new::<String>("text"),
];
static NOTES: Description = Description::new::<i64>("Note", &FIELDS, 0).with_table("notes");

fn options(folder: &tempfile::TempDir) -> ConnectOptions {
    ConnectOptions {
        location: Location::File(folder.path().join("test.db")),
        busy_timeout: Duration::from_secs(5),
        synchronous: Synchronous::Full,
        retention: crate::interface::Retention::none(),
    }
}

async fn open(folder: &tempfile::TempDir, topic: &Arc<Topic>) -> (Sqlite, Arc<dyn ErasedInterface>) {
    let sqlite = Sqlite::open(
        options(folder),
        2,
        64,
        Duration::from_secs(30),
        TransactionTimeLimit::default(),
    )
    .await
    .unwrap();
    sqlite
        .check(TargetTable::of([&NOTES]).unwrap(), true)
        .await
        .unwrap();
    let rows = sqlite
        .interface(&NOTES, "notes", Arc::clone(topic), PatternTimeLimit::default())
        .await
        .unwrap();
    (sqlite, rows)
}

fn create(text: &str) -> Write {
    let mut values = Values::new();
    values.set(1, Value::Text(text.to_owned()));
    Write::Create(values)
}

fn records(target: Target<'_>) -> Read<'_> {
    Read {
        target,
        representation: Representation::Records,
        fresh: false,
    }
}

fn request(write: Write) -> WriteRequest {
    WriteRequest {
        write,
        guard: None,
        expected_version: None,
        counts_as_changed: false,
        key: None,
        in_flight: Arc::new(Writes::default()).begin().unwrap(),
    }
}

fn pragma(connection: &Connection, name: &str) -> i64 {
    connection
        .pragma_query_value(None, name, |row| row.get(0))
        .unwrap()
}

#[test]
fn connections_are_configured() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(&folder);
    let writer = options.writer().unwrap();
    assert_eq!(pragma(&writer, "synchronous"), 2);
    assert_eq!(pragma(&writer, "foreign_keys"), 1);
    assert_eq!(pragma(&writer, "busy_timeout"), 5_000);
    let mode: String = writer
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let reader = options.reader().unwrap();
    assert!(reader.execute_batch("CREATE TABLE t (a)").is_err());
    let normal = ConnectOptions {
        synchronous: Synchronous::Normal,
        ..options
    };
    assert_eq!(pragma(&normal.writer().unwrap(), "synchronous"), 1);
}

/// A count costs several times what a page does.
#[tokio::test]
async fn rows_are_counted_only_if_the_page_does_not_determine_the_count() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(
        options(&folder),
        1,
        64,
        Duration::from_secs(30),
        TransactionTimeLimit::default(),
    )
    .await
    .unwrap();
    sqlite
        .check(TargetTable::of([&NOTES]).unwrap(), true)
        .await
        .unwrap();
    let rows = sqlite.interface(&NOTES, "notes", Arc::default(), PatternTimeLimit::default());
    let rows = rows.await.unwrap();
    for text in ["a", "b", "c", "d", "e"] {
        rows.write(request(create(text))).await.unwrap();
    }
    let mut counted = 0;
    for (page, page_size, count, total, counts) in [
        // Every row; a full page; a page without a count; the last page; a page behind the last.
        (None, None, true, Some(5), false),
        (Some(1), Some(2), true, Some(5), true),
        (Some(1), Some(2), false, None, false),
        (Some(3), Some(2), true, Some(5), false),
        (Some(4), Some(2), true, Some(5), true),
    ] {
        let mut select = Select::new();
        (select.page, select.page_size, select.count) = (page, page_size, count);
        let Answer::Records(page) = rows.read(records(Target::Page(select.clone()))).await.unwrap() else {
            panic!("the rows are records");
        };
        assert_eq!(page.total_count, total);
        counted += i32::from(counts);
        let runs = sqlite.queues.read("Note", |connection| {
            let statement = connection.prepare_cached(r#"SELECT COUNT(*) FROM "notes""#);
            Ok(statement.unwrap().get_status(StatementStatus::Run))
        });
        assert_eq!(runs.await.unwrap(), counted, "{select:?}");
    }
}

/// A query that would take hours.
fn count_for_hours(connection: &Connection) -> Result<i64, Error> {
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    connection
        .query_row(endless, [], |row| row.get(0))
        .map_err(Error::storage)
}

/// The threads can serve other reads, and can end.
#[tokio::test]
async fn a_cancelled_query_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let in_memory = ConnectOptions {
        location: Location::Memory,
        ..options(&folder)
    };
    for options in [options(&folder), in_memory] {
        let sqlite = Sqlite::open(
            options,
            1,
            64,
            Duration::from_secs(30),
            TransactionTimeLimit::default(),
        )
        .await
        .unwrap();
        let (begin, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let endless = sqlite.queues.read("Note", move |connection| {
            begin.send(()).unwrap();
            count_for_hours(connection)
        });
        tokio::select! {
            _ = endless => panic!("it ends"),
            _ = begun.recv() => {}
        }
        let count = |connection: &Connection| {
            let counted = connection.query_row("SELECT 1", [], |row| row.get::<_, i64>(0));
            counted.map_err(Error::storage)
        };
        assert_eq!(sqlite.queues.read("Note", count).await.unwrap(), 1);
        sqlite.close().await;
    }
}

#[tokio::test]
async fn a_panic_fails_its_job_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (sqlite, rows) = open(&folder, &Arc::default()).await;
    // As many as there are readers, and more.
    for _ in 0..4 {
        let read = sqlite
            .queues
            .read("Note", |_| -> Result<(), Error> { panic!("a mistake") });
        assert!(matches!(read.await, Err(Error::Storage(_))));
    }
    let task = sqlite
        .queues
        .on_writer(|_| -> Result<(), Error> { panic!("a mistake") });
    assert!(matches!(task.await, Err(Error::Storage(_))));
    assert!(matches!(
        rows.write(request(create("a"))).await,
        Ok(Written::Row(_))
    ));
    let id = Value::Integer(1);
    let row = rows.read(records(Target::row(&id))).await;
    assert!(matches!(row, Ok(Answer::Record(_))));
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let topic = Arc::new(Topic::default());
    let (sqlite, rows) = open(&folder, &topic).await;
    let published: Arc<Mutex<Vec<Change>>> = Arc::default();
    let list = Arc::clone(&published);
    let _subscription = topic.subscribe(Arc::new(Hook(move |change: &Change| {
        list.lock().unwrap().push(change.clone());
    })));
    let set_pages = |pages: i64| {
        sqlite.queues.on_writer(move |connection| {
            connection
                .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
                .map_err(Error::storage)
        })
    };
    set_pages(8).await.unwrap();
    let large = "x".repeat(20_000);
    let mut refused = 0;
    for _ in 0..4 {
        match rows.write(request(create(&large))).await {
            Ok(_) => {}
            Err(Error::Unavailable(_)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused >= 3, "{refused} refused");
    set_pages(1_000_000).await.unwrap();
    assert!(rows.write(request(create(&large))).await.is_ok());
    assert_eq!(published.lock().unwrap().len(), 5 - refused);
}

/// The VFS `unix-dotfile` has no shared memory, like a network file system.
#[cfg(unix)]
#[test]
fn a_file_without_a_write_ahead_log_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(&folder);
    let path = folder.path().join("test.db");
    let without_memory =
        Connection::open_with_flags_and_vfs(&path, rusqlite::OpenFlags::default(), c"unix-dotfile").unwrap();
    let mode = options.enable_wal(&without_memory).unwrap();
    let refused = super::connection::check_wal(&path, &mode).unwrap_err();
    assert!(
        matches!(&refused, Error::Configuration(words) if words.contains("stays `delete`")),
        "{refused}"
    );
    drop(without_memory);
    assert_eq!(
        options.enable_wal(&Connection::open(&path).unwrap()).unwrap(),
        "wal"
    );
}
