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

/// Once its table is a view without end, a query of it runs for as long as somebody waits for it.
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

/// Begins a query that has no end.
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

/// There is always a query that reads from the log, so that SQLite alone never begins it anew.
#[tokio::test]
async fn it_is_bounded_under_reads_that_overlap() {
    let folder = Folder::new();
    let gm = open(&folder).await;
    let mut read = begin(&gm).await;
    let mut longest = 0;
    for _ in 0..40 {
        let next = begin(&gm).await;
        write(&gm, 2).await;
        // The query before ends.
        drop(std::mem::replace(&mut read, next));
        longest = longest.max(log_bytes(&folder));
    }
    assert!(longest < 40 * MIB, "{} MiB", longest / MIB);
    drop(read);
    assert_eq!(Note::query().count(&gm).await.unwrap(), 80);
}

/// A read that does not end holds the others up for a moment alone, and the log for no longer than its time.
#[tokio::test]
async fn a_read_that_is_too_long_holds_neither_the_others_nor_the_log() {
    let folder = Folder::new();
    let gm = open(&folder).await;
    let read = begin(&gm).await;
    write(&gm, 12).await;
    assert_eq!(Note::query().count(&gm).await.unwrap(), 12);
    drop(read);
    // Reads go on while the log is begun anew, be it with the next writes.
    while log_bytes(&folder) > 8 * MIB {
        write(&gm, 1).await;
        tokio::time::timeout(Duration::from_secs(60), Note::query().count(&gm))
            .await
            .unwrap()
            .unwrap();
    }
}
