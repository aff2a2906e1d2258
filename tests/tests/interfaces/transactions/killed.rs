//! A process that is killed (SIGKILL) in a transaction: all of its writes are stored, or none, and events likewise.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use gm_runtime::change::{Action, Change};
use gm_runtime::field::Value;
use gm_runtime::{Error, Gm};
use gm_tests::marker::{Marker, published};
use gm_tests::postgres::Database;
use tempfile::TempDir;

use super::{Account, Booking, account, booking};

/// The URL of the child's database. Without it, [`child`] is no child.
const DATABASE: &str = "GM_TESTS_TRANSACTION";
/// The step at which the child waits for its end. Without it, it carries out one transaction after the other.
const STEP: &str = "GM_TESTS_TRANSACTION_STEP";

/// The number of the last step, behind the commit.
const COMMITTED: usize = 6;

async fn open(url: &str) -> Gm {
    let builder = Gm::builder()
        .database(url)
        .manager::<Account>()
        .manager::<Booking>()
        .manager::<Marker>();
    let builder = builder.transaction_time_limit(Duration::from_secs(300));
    builder.build().await.unwrap()
}

fn id(change: &Change) -> Option<i64> {
    match change.id() {
        Some(Value::Integer(id)) => Some(*id),
        _ => None,
    }
}

/// What a killed process does.
#[tokio::test]
async fn child() {
    let Ok(url) = std::env::var(DATABASE) else {
        return;
    };
    let last: Option<usize> = std::env::var(STEP).ok().map(|step| step.parse().unwrap());
    let gm = open(&url).await;
    let accounts = gm
        .on_change::<Account>(|change| println!("gm event account {:?}", id(change)))
        .unwrap();
    let bookings = gm
        .on_change::<Booking>(|change| println!("gm event booking {:?}", id(change)))
        .unwrap();
    match last {
        Some(last) => until_step(&gm, last).await,
        None => one_after_the_other(&gm).await,
    }
    drop((accounts, bookings));
}

/// Waits for the end of the process at this step.
fn at(step: usize, last: usize) {
    if step == last {
        println!("gm step {step}");
        loop {
            std::thread::park();
        }
    }
}

async fn until_step(gm: &Gm, last: usize) {
    let old = Account::create(account("old", "ada", 1)).exec(gm).await.unwrap();
    let gone = Booking::create(booking(old.id, 1)).exec(gm).await.unwrap();
    published(gm).await;
    println!("gm begins");
    let done = gm.transaction(async |tx| {
        at(0, last);
        let new = Account::create(account("new", "ada", 7)).exec(&tx).await?;
        at(1, last);
        Booking::create(booking(new.id, 7)).exec(&tx).await?;
        at(2, last);
        old.update().balance(2).exec(&tx).await?;
        at(3, last);
        gone.delete(&tx).await?;
        at(4, last);
        assert_eq!(Booking::count(&tx).await?, 1);
        at(5, last);
        Ok::<_, Error>(())
    });
    done.await.unwrap();
    published(gm).await;
    at(COMMITTED, last);
}

async fn one_after_the_other(gm: &Gm) {
    for number in 0.. {
        let done = gm.transaction(async |tx| {
            let account = Account::create(account(&number.to_string(), "ada", number))
                .exec(&tx)
                .await?;
            Booking::create(booking(account.id, number)).exec(&tx).await
        });
        let booking = done.await.unwrap();
        println!("gm committed {} {}", number, booking.account);
    }
}

/// The process that is killed, with the lines that it prints.
struct Killed {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Killed {
    fn start(url: &str, step: Option<usize>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "transactions::killed::child", "--nocapture"])
            .env(DATABASE, url)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(step) = step {
            command.env(STEP, step.to_string());
        }
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// The next line of the child, without that of the test's harness.
    fn line(&mut self) -> Option<String> {
        self.lines.by_ref().map_while(Result::ok).find_map(|line| {
            // The harness prints the name of the test without the end of a line.
            let (_, line) = line.split_once("gm ")?;
            Some(line.to_owned())
        })
    }

    /// The lines until this one.
    fn lines_until(&mut self, end: &str) -> Vec<String> {
        let lines = std::iter::from_fn(|| Some(self.line().expect("the child lives")));
        lines.take_while(|line| line != end).collect()
    }

    /// Kills the process, and returns the lines that were not read.
    fn kill(mut self) -> Vec<String> {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        std::iter::from_fn(|| self.line()).collect()
    }
}

/// The rows that are stored: the numbers and balances of accounts, and the amounts of bookings.
async fn stored(gm: &Gm) -> (Vec<(String, i64)>, Vec<i64>) {
    let accounts = Account::query()
        .order_by(|account| account.id.asc())
        .all(gm)
        .await
        .unwrap();
    let bookings = Booking::query()
        .order_by(|booking| booking.id.asc())
        .all(gm)
        .await
        .unwrap();
    (
        accounts
            .iter()
            .map(|account| (account.number.clone(), account.balance))
            .collect(),
        bookings.iter().map(|booking| booking.amount).collect(),
    )
}

fn of(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter()
        .map(|(number, balance)| ((*number).to_owned(), *balance))
        .collect()
}

/// Checks what is stored after the process was killed at this step.
async fn check_step(gm: &Gm, step: usize) {
    let expected = match step {
        COMMITTED => (of(&[("old", 2), ("new", 7)]), vec![7]),
        _ => (of(&[("old", 1)]), vec![1]),
    };
    assert_eq!(stored(gm).await, expected, "killed at step {step}");
    // No lock is left.
    let old = Account::filter(|account| account.number.eq("old"))
        .one(gm)
        .await
        .unwrap();
    old.update().balance(3).exec(gm).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_killed_at_a_step_is_stored_as_a_whole_on_sqlite() {
    for step in 0..=COMMITTED {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}/rows.db", folder.path().display());
        let mut child = Killed::start(&url, Some(step));
        child.lines_until("begins");
        let events = child.lines_until(&format!("step {step}"));
        assert_eq!(
            events.len(),
            if step == COMMITTED { 4 } else { 0 },
            "events at step {step}: {events:?}"
        );
        child.kill();
        check_step(&open(&url).await, step).await;
    }
}

/// Waits until the server has noticed that the connections of the killed process are gone.
async fn until_gone(database: &Database) {
    database
        .until(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name LIKE '%/transactions'",
            "0",
        )
        .await;
}

/// The events of another process.
struct Events {
    events: mpsc::Receiver<(&'static str, Action, Option<i64>)>,
    _subscriptions: [gm_runtime::change::Subscription; 2],
}

impl Events {
    fn of(gm: &Gm) -> Self {
        let (sender, events) = mpsc::channel();
        let bookings = sender.clone();
        let subscriptions = [
            gm.on_change::<Account>(move |change| {
                let _ = sender.send(("account", change.action(), id(change)));
            })
            .unwrap(),
            gm.on_change::<Booking>(move |change| {
                let _ = bookings.send(("booking", change.action(), id(change)));
            })
            .unwrap(),
        ];
        Self {
            events,
            _subscriptions: subscriptions,
        }
    }

    async fn until_now(&self, gm: &Gm) -> Vec<(&'static str, Action, Option<i64>)> {
        published(gm).await;
        self.events.try_iter().collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_killed_at_a_step_is_stored_as_a_whole_on_postgres() {
    for step in 0..=COMMITTED {
        let database = Database::create().await;
        let gm = open(&database.url()).await;
        let events = Events::of(&gm);
        let mut child = Killed::start(&database.url(), Some(step));
        child.lines_until("begins");
        assert_eq!(events.until_now(&gm).await.len(), 2);
        let own = child.lines_until(&format!("step {step}"));
        child.kill();
        until_gone(&database).await;
        let expected = if step == COMMITTED { 4 } else { 0 };
        let received = events.until_now(&gm).await;
        assert_eq!(
            (own.len(), received.len()),
            (expected, expected),
            "events at step {step}: {received:?}"
        );
        check_step(&gm, step).await;
    }
}

/// Checks that each account has its booking, and that what the process has reported as committed is stored.
async fn check_pairs(gm: &Gm, lines: &[String]) -> Vec<i64> {
    let accounts = Account::query()
        .order_by(|account| account.id.asc())
        .all(gm)
        .await
        .unwrap();
    let bookings = Booking::query()
        .order_by(|booking| booking.id.asc())
        .all(gm)
        .await
        .unwrap();
    let pairs = accounts.iter().map(|account| (account.id, account.balance));
    let booked = bookings.iter().map(|booking| (booking.account, booking.amount));
    assert!(pairs.eq(booked), "{accounts:?} {bookings:?}");
    for committed in lines.iter().filter_map(|line| line.strip_prefix("committed ")) {
        let (number, id) = committed.split_once(' ').unwrap();
        let id: i64 = id.parse().unwrap();
        assert!(
            accounts
                .iter()
                .any(|account| account.id == id && account.number == number),
            "{committed} was committed, and is not stored"
        );
    }
    accounts.iter().map(|account| account.id).collect()
}

/// Reads this many lines, and kills the process at once, wherever it is.
fn kill_after(url: &str, lines: usize) -> Vec<String> {
    let mut child = Killed::start(url, None);
    let mut read: Vec<_> = (0..lines)
        .map(|_| child.line().expect("the child lives"))
        .collect();
    read.extend(child.kill());
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_at_any_time_leaves_whole_transactions_on_sqlite() {
    for round in 0..8 {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}/rows.db", folder.path().display());
        let lines = kill_after(&url, 1 + round * 7);
        let stored = check_pairs(&open(&url).await, &lines).await;
        // An event tells of what is stored.
        for event in lines
            .iter()
            .filter_map(|line| line.strip_prefix("event account Some("))
        {
            let id: i64 = event.trim_end_matches(')').parse().unwrap();
            assert!(stored.contains(&id), "{event} has an event, and is not stored");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_at_any_time_leaves_whole_transactions_on_postgres() {
    for round in 0..8 {
        let database = Database::create().await;
        let gm = open(&database.url()).await;
        let events = Events::of(&gm);
        let lines = kill_after(&database.url(), 1 + round * 7);
        // The commit of a killed process may still be carried out.
        until_gone(&database).await;
        let stored = check_pairs(&gm, &lines).await;
        let received = events.until_now(&gm).await;
        for manager in ["account", "booking"] {
            let received = received
                .iter()
                .filter(|event| event.0 == manager && event.1 == Action::Create);
            assert_eq!(
                received.count(),
                stored.len(),
                "{manager}: each stored row has an event, and no other"
            );
        }
    }
}
