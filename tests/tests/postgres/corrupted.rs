//! Answers of the server that are damaged on their way: cut, repeated, without a part, or with other bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use gm_runtime::change::{Action, Change};
use gm_runtime::field::Value;
use gm_runtime::{Error, Gm};
use gm_tests::postgres::Database;
use gm_tests::random::{Random, seed};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::reads::{Note, NoteCreate};

/// How often an answer is damaged: once in so many times. 0 for never.
static DAMAGED: AtomicUsize = AtomicUsize::new(0);

async fn accept(listener: TcpListener, server: String, mut random: Random) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(&server).await.unwrap();
        tokio::spawn(forward(client, server, Random::new(random.number())));
    }
}

async fn forward(client: TcpStream, server: TcpStream, mut random: Random) -> std::io::Result<()> {
    let (mut client_reads, mut client_writes) = client.into_split();
    let (mut server_reads, mut server_writes) = server.into_split();
    let requests = tokio::io::copy(&mut client_reads, &mut server_writes);
    let replies = async {
        let mut bytes = vec![0; 8 * 1024];
        loop {
            let read = server_reads.read(&mut bytes).await?;
            let reply = &bytes[..read];
            if reply.is_empty() {
                return Ok(());
            }
            let times = DAMAGED.load(Ordering::Relaxed);
            if times == 0 || !random.one_in(times) {
                client_writes.write_all(reply).await?;
                continue;
            }
            let Some(damaged) = damaged(reply, &mut random) else {
                return Ok(());
            };
            client_writes.write_all(&damaged).await?;
        }
    };
    tokio::select! {
        ended = requests => ended.map(drop),
        ended = replies => ended,
    }
}

/// The damaged answer. `None` to close the connection.
fn damaged(reply: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut damaged = reply.to_vec();
    let place = random.below(reply.len());
    match random.below(8) {
        0 => return None,
        1 => damaged.truncate(place),
        2 => damaged.extend_from_slice(reply),
        3 => drop(damaged.drain(..place)),
        4 => damaged.insert(place, random.byte()),
        5 => damaged[place] = *b"CDEGHIKNRSTVWZcdnpst123A".get(random.below(24))?,
        // The first byte of the length of the first message and such.
        6 => damaged[place.min(6)] = random.byte(),
        _ => {
            for _ in 0..=random.below(4) {
                damaged[random.below(reply.len())] = random.byte();
            }
        }
    }
    Some(damaged)
}

async fn read_and_write(gm: &Gm, number: i64) {
    let all = async {
        let _ = Note::get(gm, number % 100 + 1).await;
        let _ = Note::query()
            .order_by(|n| n.rank.desc())
            .page(1)
            .page_size(20)
            .all(gm)
            .await;
        let _ = Note::filter(|n| n.text.contains("9")).count(gm).await;
        let note = NoteCreate {
            text: format!("damaged {number}"),
            rank: number,
        };
        let Ok(note) = Note::create(note).exec(gm).await else {
            return;
        };
        let _ = Note::update(&note).rank(-1).exec(gm).await;
        let _ = Note::delete(&note, gm).await;
    };
    tokio::time::timeout(Duration::from_secs(60), all)
        .await
        .expect("each read and write ends in time");
}

/// Retries what is unavailable.
async fn until_available<T>(mut attempt: impl AsyncFnMut() -> Result<T, Error>) -> T {
    let started = std::time::Instant::now();
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(60), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// No damage stops or crashes the handle. `GM_CASES` is the number of rounds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_answers_end_their_connection_at_most() {
    static PANICKED: AtomicBool = AtomicBool::new(false);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICKED.store(true, Ordering::SeqCst);
        hook(panic);
    }));
    let seed = seed(20_261_130);
    let rounds = std::env::var("GM_CASES").map_or(3, |cases| cases.parse().unwrap());
    let database = Database::create().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(accept(listener, database.address().to_owned(), Random::new(seed)));
    let gm = Gm::builder()
        .database(format!(
            "{}?sslmode=disable",
            database.url_at(&address.to_string())
        ))
        .database_heartbeat(Duration::from_millis(500))
        .database_busy_timeout(Duration::from_secs(1))
        .read_time_limit(Duration::from_secs(1))
        .manager::<Note>()
        .build()
        .await
        .unwrap();
    let gm = Arc::new(gm);
    let (sender, mut changes) = mpsc::unbounded_channel();
    let _subscription = gm.on_change::<Note>(move |change| drop(sender.send(change.clone())));
    for round in 0..rounds {
        DAMAGED.store([100, 30, 10][round % 3], Ordering::Relaxed);
        let callers = (0..8).map(|caller| {
            let gm = Arc::clone(&gm);
            tokio::spawn(async move {
                for number in 0..3 {
                    read_and_write(&gm, caller * 3 + number).await;
                }
            })
        });
        join_all(callers).await.into_iter().for_each(Result::unwrap);
        assert!(
            !PANICKED.load(Ordering::SeqCst),
            "round {round} of the seed {seed}"
        );
        DAMAGED.store(0, Ordering::Relaxed);
        let note = NoteCreate {
            text: "whole".to_owned(),
            rank: 0,
        };
        // An earlier answer may still be waited for.
        let note = until_available(async || Note::create(note.clone()).exec(&gm).await).await;
        until_available(async || Note::get(&gm, note.id).await).await;
        until_available(async || Note::query().page(1).all(&gm).await).await;
        // The change feed is received again: it refreshes everything, or has this event.
        while changes.try_recv().is_ok() {}
        let note = until_available(async || Note::update(&note).rank(round as i64 + 1).exec(&gm).await).await;
        let updated = Change::row(Action::Update, Value::Integer(note.id));
        let is_seen = |change: &Change| change.action() == Action::Refresh || *change == updated;
        let seen = async {
            while let Some(change) = changes.recv().await {
                if is_seen(&change) {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), seen)
            .await
            .unwrap_or_else(|_| panic!("round {round} of the seed {seed} has no event"));
    }
}
