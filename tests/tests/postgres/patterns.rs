//! Patterns, which this process matches on the rows that the server sends.

use std::num::NonZeroUsize;
use std::time::Duration;

use gm_runtime::error::QueryError;
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::postgres::Database;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "notes")]
struct Note {
    #[field(id)]
    id: i64,
    text: String,
}

async fn create(gm: &Gm, text: impl Into<String>) -> Note {
    let note = NoteCreate { text: text.into() };
    Note::create(note).exec(gm).await.unwrap()
}

/// A hostile pattern takes its whole time of a processor. Reads and writes of other callers go on meanwhile.
#[tokio::test]
async fn a_slow_pattern_delays_no_other_caller() {
    let database = Database::create().await;
    let gm = Gm::builder()
        .database(database.url())
        .manager::<Note>()
        .pattern_time_limit(Duration::from_secs(5))
        .build()
        .await
        .unwrap();
    // Each of these texts takes seconds.
    for _ in 0..10 {
        create(&gm, "a".repeat(100_000)).await;
    }
    // Each of the scans has a connection, and others wait for one.
    let slow = |gm: Gm| async move { Note::filter(|n| n.text.regex("(a?){2000}b")).count(&gm).await };
    let mut scans: Vec<_> = (0..3).map(|_| tokio::spawn(slow(gm.clone()))).collect();
    for number in 0..20 {
        let note = create(&gm, format!("note {number}")).await;
        assert_eq!(Note::get(&gm, note.id).await.unwrap(), note);
    }
    assert!(scans.iter().all(|scan| !scan.is_finished()));
    let refused = scans.pop().unwrap().await.unwrap();
    assert!(
        matches!(refused, Err(Error::Query(QueryError::PatternTimeout { .. }))),
        "{refused:?}"
    );
    gm.close().await;
}

#[tokio::test]
async fn a_dropped_scan_leaves_its_connection_to_others() {
    let database = Database::create().await;
    let gm = Gm::builder()
        .database(database.url())
        .manager::<Note>()
        .database_readers(NonZeroUsize::MIN)
        .build()
        .await
        .unwrap();
    let fill = "INSERT INTO notes (text) SELECT 'note ' || i FROM generate_series(1, 20000) i";
    database.execute(fill).await;
    for _ in 0..5 {
        let scan = Note::filter(|n| n.text.regex("7$")).count(&gm);
        let dropped = tokio::time::timeout(Duration::from_millis(1), scan).await;
        // It may be that fast.
        assert!(dropped.is_err() || dropped.unwrap().unwrap() == 2_000);
        assert_eq!(
            Note::filter(|n| n.text.regex("^note 7$"))
                .count(&gm)
                .await
                .unwrap(),
            1
        );
    }
    // A full page ends a scan.
    let page = Note::filter(|n| n.text.regex("7$"))
        .page(2)
        .page_size(3)
        .all(&gm)
        .await
        .unwrap();
    assert_eq!(page.iter().map(|note| note.id).collect::<Vec<_>>(), [37, 47, 57]);
}
