//! Three replicas, and everything that goes wrong: no acknowledged write is lost, every subscriber ends with the database's truth,
//! all see one order, no read is older than the promise, and nothing is stuck.
//!
//! `GM_CHAOS_SECONDS`, `GM_CHAOS_SUBSCRIBERS` and `GM_CHAOS_PAUSE_MS`, the pause of a writer between two writes, make the test
//! longer and larger: `scripts/chaos`.

mod cached;
mod faults;
mod ledger;
mod order;
mod replica;
mod subscriber;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gm_runtime::Gm;
use gm_tests::conformance::{self, Project, ProjectCreate};
use gm_tests::postgres::Server;
use gm_tests::random::{self, Random};
use gm_tests::raw::Request;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::ledger::{Ledger, Row};
use self::replica::Replica;

const REPLICAS: usize = 3;
const WRITERS: usize = 32;
const CONSUMERS: usize = 6;

/// The time in which everything has an answer.
const STUCK: Duration = Duration::from_secs(60);

/// The promise for cached answers: a replica notices within two intervals of two seconds that it hears nothing, and closes its
/// websockets. The rest is for a busy machine.
const OLDEST: Duration = Duration::from_secs(10);

struct Chaos {
    seed: u64,
    replicas: Vec<Replica>,
    ledger: Ledger,
    /// The pause of a writer between two writes.
    pause: Duration,
    writes_end: AtomicBool,
    /// A row that is written after all others: from 0 to 1.
    last: Row,
    last_is_written: AtomicBool,
    /// A permit of each writer and each subscriber that has begun.
    ready: Semaphore,
    events: AtomicU64,
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

async fn begun(chaos: &Chaos, tasks: usize) {
    let permits = u32::try_from(tasks).unwrap();
    let ready = tokio::time::timeout(STUCK, chaos.ready.acquire_many(permits)).await;
    ready.expect("a beginning").unwrap().forget();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_lose_nothing_and_serve_nothing_stale() {
    let seed = random::seed(13);
    let subscribers = usize::try_from(setting("GM_CHAOS_SUBSCRIBERS", 60)).unwrap();
    let time = Duration::from_secs(setting("GM_CHAOS_SECONDS", 120));
    println!("GM_SEED={seed}, {subscribers} subscribers, {time:?}");

    let server = Server::builder().setting("max_connections", "200").start();
    let database = server.database().await;
    let gm: Gm = conformance::builder()
        .database(database.url())
        .build()
        .await
        .unwrap();
    let last = Project::create(ProjectCreate {
        name: "0".to_owned(),
        status: "last".to_owned(),
    });
    let last = last.exec(&gm).await.unwrap().id;
    gm.close().await;

    let mut random = Random::new(seed ^ u64::from(std::process::id()));
    let chaos = Arc::new(Chaos {
        seed,
        replicas: (0..REPLICAS)
            .map(|_| Replica::start_new(&database, &mut random, subscribers))
            .collect(),
        ledger: Ledger::default(),
        pause: Duration::from_millis(setting("GM_CHAOS_PAUSE_MS", 100)),
        writes_end: AtomicBool::new(false),
        last: Row::new(last),
        last_is_written: AtomicBool::new(false),
        ready: Semaphore::new(0),
        events: AtomicU64::new(0),
    });
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        writers.spawn(writer::write(Arc::clone(&chaos), number));
    }
    begun(&chaos, WRITERS).await;
    let mut watching = JoinSet::new();
    for number in 0..subscribers {
        // Those of each replica record their events.
        let records = number < 3 * REPLICAS;
        watching.spawn(subscriber::watch(Arc::clone(&chaos), number, records));
    }
    begun(&chaos, subscribers).await;
    let mut consumers = JoinSet::new();
    for number in 0..CONSUMERS {
        consumers.spawn(cached::read(Arc::clone(&chaos), number));
    }

    // A task that panics ends the test at once.
    let server = tokio::select! {
        server = faults::cause(&chaos, server, &database, time) => server,
        Some(ended) = writers.join_next() => panic!("a writer ended: {ended:?}"),
        Some(ended) = watching.join_next() => panic!("a subscriber ended: {:?}", ended.map(|copy| copy.id)),
        Some(ended) = consumers.join_next() => panic!("a consumer ended: {ended:?}"),
    };
    chaos.writes_end.store(true, Ordering::SeqCst);
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    let mut seen = Vec::new();
    while let Some(ended) = consumers.join_next().await {
        seen.push(ended.unwrap());
    }
    write_last(&chaos, &mut random).await;
    let ended = Instant::now();
    let mut copies = Vec::new();
    while copies.len() < subscribers {
        let copy = tokio::time::timeout(STUCK, watching.join_next()).await;
        copies.push(
            copy.expect("every subscriber sees the last write")
                .unwrap()
                .unwrap(),
        );
    }

    let stored = chaos.ledger.check(&database).await;
    for copy in &copies {
        assert_eq!(
            stored.get(&copy.id),
            Some(&copy.name),
            "the copy of row {}",
            copy.id
        );
    }
    let sessions: Vec<_> = copies
        .iter_mut()
        .flat_map(|copy| std::mem::take(&mut copy.events))
        .collect();
    order::check(&sessions);
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (reads, hits): (u64, u64) = (
        seen.iter().map(|seen| seen.reads).sum(),
        seen.iter().map(|seen| seen.hits).sum(),
    );
    println!(
        "{} writes acknowledged, {} refused, {} unknown; {} events; {reads} cached reads, {hits} from the cache, the oldest replaced {:?} before; {} subscribers had the truth after {:?}",
        count(&chaos.ledger.acknowledged),
        count(&chaos.ledger.refused),
        count(&chaos.ledger.unknown),
        count(&chaos.events),
        seen.iter().map(|seen| seen.oldest).max().unwrap_or_default(),
        copies.len(),
        ended.elapsed(),
    );
    assert!(hits > 0, "nothing was served from a cache");
    assert!(
        sessions.iter().map(Vec::len).sum::<usize>() > 0,
        "no event was recorded"
    );
    drop((chaos, database, server));
}

/// Writes the last row, and says so to the subscribers.
async fn write_last(chaos: &Chaos, random: &mut Random) {
    chaos.last_is_written.store(true, Ordering::SeqCst);
    let path = format!("/internal/gm/projects/{}", chaos.last.id);
    let update = Request::new("PATCH", &path).json(r#"{"name": "1"}"#);
    let written = async {
        loop {
            let answer = update.send(chaos.replicas[0].address).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return;
            }
            replica::pause(random).await;
        }
    };
    tokio::time::timeout(STUCK, written)
        .await
        .expect("the last write");
}
