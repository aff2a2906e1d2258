//! Connections that break at random moments: what was answered as done is done, and what was answered as not done is not.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use gm_runtime::{Error, Gm};
use gm_tests::postgres::{Database, Mode, Proxy, Server, Shutdown};
use gm_tests::random::{Random, seed};

use super::{LONG, Tag, builder, create, tags};

/// What a write was answered.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Done,
    NotDone,
    Unknown,
}

impl Answer {
    fn of<T: std::fmt::Debug>(result: Result<T, Error>) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(Error::Unavailable(_)) => Self::NotDone,
            Err(error) if matches!(error, Error::OutcomeUnknown { .. }) => {
                assert!(error.is_outcome_unknown() && !error.is_retryable());
                Self::Unknown
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// The answers to creates of different names by 32 writers, while this future runs.
async fn creates_during(gm: &Gm, failures: impl Future<Output = ()>) -> BTreeMap<String, Answer> {
    let (done, is_done) = tokio::sync::watch::channel(false);
    let writers = (0..32).map(|writer| {
        let (gm, is_done) = (gm.clone(), is_done.clone());
        tokio::spawn(async move {
            let mut answers = Vec::new();
            while !*is_done.borrow() {
                let name = format!("{writer} {}", answers.len());
                let created = create(&gm, &name, None).await;
                if let Ok(tag) = &created {
                    assert_eq!(tag.name, name);
                }
                answers.push((name, Answer::of(created)));
            }
            answers
        })
    });
    let writers: Vec<_> = writers.collect();
    failures.await;
    done.send_replace(true);
    let answers = join_all(writers).await.into_iter().flat_map(Result::unwrap);
    answers.collect()
}

async fn assert_true(database: &Database, answers: &BTreeMap<String, Answer>) {
    let mut stored = BTreeMap::<String, usize>::new();
    for row in database.rows("SELECT name FROM tags").await {
        *stored.entry(row[0].clone()).or_default() += 1;
    }
    for (name, answer) in answers {
        let times = stored.remove(name).unwrap_or(0);
        let is_true = match answer {
            Answer::Done => times == 1,
            Answer::NotDone => times == 0,
            Answer::Unknown => times <= 1,
        };
        assert!(
            is_true,
            "{name} was answered {answer:?}, and is there {times} times"
        );
    }
    assert!(stored.is_empty(), "{stored:?}");
    let count = |wanted: &Answer| answers.values().filter(|answer| *answer == wanted).count();
    let (done, unknown) = (count(&Answer::Done), count(&Answer::Unknown));
    eprintln!(
        "{done} done, {} not done, {unknown} unknown",
        count(&Answer::NotDone)
    );
    assert!(
        done > 0 && unknown < answers.len() / 2,
        "{done} done, {unknown} unknown"
    );
}

async fn open(url: &str) -> Gm {
    builder(url).database_busy_timeout(LONG).build().await.unwrap()
}

/// Waits a random time of at most so many milliseconds: the moment of a failure.
async fn pause(random: &mut Random, milliseconds: usize) {
    let microseconds = random.below(milliseconds * 1_000).try_into().unwrap();
    tokio::time::sleep(Duration::from_micros(microseconds)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminated_backend_loses_no_write() {
    let database = super::database(&tags("")).await;
    let gm = open(&database.url()).await;
    let mut random = Random::new(seed(1));
    let answers = creates_during(&gm, async {
        let other = database.connect().await;
        for _ in 0..60 {
            pause(&mut random, 20).await;
            other
                .batch_execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .await
                .unwrap();
        }
    })
    .await;
    assert_true(&database, &answers).await;
    // The server itself says that it ended the session, so nearly every outcome is known.
    create(&gm, "afterwards", None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_connection_loses_no_write() {
    let database = super::database(&tags("")).await;
    let proxy = Proxy::to(database.address());
    let gm = open(&database.url_at(&proxy.address())).await;
    let mut random = Random::new(seed(2));
    let answers = creates_during(&gm, async {
        for _ in 0..30 {
            pause(&mut random, 20).await;
            if random.below(2) == 0 {
                // The server's answers are lost, too.
                proxy.set(Mode::StallReplies);
                pause(&mut random, 20).await;
            }
            proxy.cut().await;
            proxy.set(Mode::Forward);
            progress(&database).await;
        }
    })
    .await;
    assert_true(&database, &answers).await;
}

/// Waits until rows are written again.
async fn progress(database: &Database) {
    let count = database.value("SELECT count(*) FROM tags").await;
    database
        .until(&format!("SELECT count(*) > {count} FROM tags"), "t")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_no_write() {
    let mut server = Server::builder().setting("restart_after_crash", "on").start();
    let database = server.database().await;
    database.execute(&format!("{}{}", super::GATES, tags(""))).await;
    let gm = open(&database.url()).await;
    let mut random = Random::new(seed(3));
    let answers = creates_during(&gm, async {
        for shutdown in [
            Shutdown::Kill,
            Shutdown::Immediate,
            Shutdown::Fast,
            Shutdown::Kill,
        ] {
            pause(&mut random, 500).await;
            server.stop(shutdown);
            server.start_again();
        }
    })
    .await;
    assert_true(&database, &answers).await;
    create(&gm, "afterwards", None).await.unwrap();
}

/// The server restarts all of its processes, and reassigns the ids of transactions that it has lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_that_crashes_loses_no_write() {
    let server = Server::builder().start();
    let database = server.database().await;
    database.execute(&format!("{}{}", super::GATES, tags(""))).await;
    let gm = open(&database.url()).await;
    let mut random = Random::new(seed(4));
    let answers = creates_during(&gm, async {
        for _ in 0..4 {
            pause(&mut random, 600).await;
            let writing = database.backends("query LIKE '%INTO \"tags\"%'").await;
            database.crash(&writing).await;
        }
    })
    .await;
    assert_true(&database, &answers).await;
}

/// Each update adds one to what it read, so that a lost or a double one shows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_are_carried_out_once() {
    let database = super::database(&tags("")).await;
    let gm = open(&database.url()).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(create(&gm, "0", Some(0)).await.unwrap().id);
    }
    let (done, is_done) = tokio::sync::watch::channel(false);
    let writers: Vec<_> = ids
        .iter()
        .map(|id| {
            let (gm, is_done, id) = (gm.clone(), is_done.clone(), *id);
            tokio::spawn(async move {
                let mut number = 0_i64;
                // The value that is stored may also be the next one, if an outcome was unknown.
                let mut maybe = None;
                while !*is_done.borrow() {
                    let next = number + 1;
                    match Answer::of(Tag::by_id(id).update().parent(Some(next)).exec(&gm).await) {
                        Answer::Done => (number, maybe) = (next, None),
                        Answer::NotDone => {}
                        Answer::Unknown => maybe = Some(next),
                    }
                }
                (id, number, maybe)
            })
        })
        .collect();
    let other = database.connect().await;
    let mut random = Random::new(seed(5));
    for _ in 0..60 {
        pause(&mut random, 20).await;
        other
            .batch_execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await
            .unwrap();
    }
    done.send_replace(true);
    for writer in writers {
        let (id, number, maybe) = writer.await.unwrap();
        let stored = database
            .value(&format!("SELECT parent FROM tags WHERE id = {id}"))
            .await;
        let stored: i64 = stored.parse().unwrap();
        assert!(
            stored == number || Some(stored) == maybe,
            "{stored}, {number}, {maybe:?}"
        );
        assert!(number > 0);
    }
}

/// Writes wait for a server that is away, until the busy timeout.
#[tokio::test]
async fn writes_wait_for_a_server_that_is_away() {
    let database = super::database(&tags("")).await;
    let proxy = Proxy::to(database.address());
    let url = database.url_at(&proxy.address());
    let gm = open(&url).await;
    create(&gm, "a", None).await.unwrap();
    proxy.set(Mode::Refuse);
    proxy.cut().await;
    let waiting = super::begin([create(&gm, "b", None), create(&gm, "c", None)]).await;
    proxy.set(Mode::Forward);
    let waiting = waiting.await;
    // They may have been sent before the end of the connection was noticed.
    assert!(
        waiting
            .iter()
            .all(|write| matches!(write, Ok(_) | Err(Error::OutcomeUnknown { .. }))),
        "{waiting:?}"
    );

    let gm = builder(&url)
        .database_busy_timeout(Duration::from_millis(300))
        .build()
        .await
        .unwrap();
    proxy.set(Mode::Refuse);
    proxy.cut().await;
    let refused = join_all((0..100).map(|_| create(&gm, "d", None))).await;
    for refused in refused {
        assert_eq!(Answer::of(refused), Answer::NotDone);
    }
    proxy.set(Mode::Forward);
    // Soon after a failed attempt there is no other one.
    while let Err(error) = create(&gm, "e", None).await {
        assert_eq!(Answer::of(Err::<Tag, _>(error)), Answer::NotDone);
    }
    assert_eq!(
        database.value("SELECT count(*) FROM tags WHERE name = 'd'").await,
        "0"
    );
}
