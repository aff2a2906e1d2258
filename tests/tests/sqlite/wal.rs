//! The write-ahead log beside the file.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::poll;
use gm_runtime::interface::Synchronous;
use gm_runtime::{Error, GeneralManager, Gm};

use crate::Folder;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
struct Note {
    #[field(id)]
    id: i64,
    text: String,
}

/// Its table becomes an endless view, so a query runs until it is cancelled.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "numbers")]
struct Number {
    #[field(id)]
    id: i64,
    count: i64,
}

const MIB: u64 = 1 << 20;

async fn open(folder: &Folder) -> Gm {
    let builder = folder.builder().manager::<Note>().manager::<Number>();
    let gm = builder
        .database_synchronous(Synchronous::Normal)
        .build()
        .await
        .unwrap();
    folder
        .other()
        .execute_batch(
            "DROP TABLE numbers;
             CREATE VIEW numbers AS WITH RECURSIVE n(id) AS (SELECT count(*) FROM notes UNION ALL SELECT id + 1 FROM n)
                 SELECT id, id % 2 AS count FROM n;",
        )
        .unwrap();
    gm
}

type Endless<'g> = Pin<Box<dyn Future<Output = Result<bool, Error>> + 'g>>;

/// Begins an endless query.
async fn begin(gm: &Gm) -> Endless<'_> {
    let mut read: Endless<'_> = Box::pin(async { Number::filter(|n| n.count.eq(2)).exists(gm).await });
    assert!(poll!(&mut read).is_pending());
    read
}

/// Writes this many MiB.
async fn write(gm: &Gm, mebibytes: u64) {
    for _ in 0..mebibytes {
        let text = "n".repeat(MIB as usize);
        Note::create(NoteCreate { text }).exec(gm).await.unwrap();
    }
}

fn log_bytes(folder: &Folder) -> u64 {
    let log = folder.path().with_extension("db-wal");
    std::fs::metadata(log).unwrap().len()
}

/// At each time a query reads from the log, so SQLite alone never restarts it.
#[tokio::test]
async fn the_log_is_bounded_under_overlapping_reads() {
    let folder = Folder::new();
    let gm = open(&folder).await;
    let mut read = begin(&gm).await;
    let mut longest = 0;
    for _ in 0..60 {
        let next = begin(&gm).await;
        write(&gm, 2).await;
        // The previous query ends.
        drop(std::mem::replace(&mut read, next));
        longest = longest.max(log_bytes(&folder));
    }
    assert!(longest < 60 * MIB, "{} MiB", longest / MIB);
    drop(read);
    assert_eq!(Note::query().count(&gm).await.unwrap(), 120);
}

/// An endless read delays other reads for a short time, and the log until its time limit.
#[tokio::test]
async fn a_long_read_blocks_neither_other_reads_nor_the_log() {
    let folder = Folder::new();
    let gm = open(&folder).await;
    let read = begin(&gm).await;
    write(&gm, 12).await;
    assert_eq!(Note::query().count(&gm).await.unwrap(), 12);
    drop(read);
    // Reads continue until the log is restarted, which may need further writes.
    while log_bytes(&folder) > 8 * MIB {
        write(&gm, 1).await;
        tokio::time::timeout(Duration::from_secs(60), Note::query().count(&gm))
            .await
            .unwrap()
            .unwrap();
    }
}
