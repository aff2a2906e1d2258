//! Measures the requests of the typed client, compared with plain HTTP clients: `cargo bench --bench client`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

mod by_hand;
#[path = "../support/chart.rs"]
mod chart;
mod owner;
#[path = "../support/process.rs"]
mod process;
#[path = "../support/rounds.rs"]
mod rounds;
mod typed;

use std::net::SocketAddr;

use process::Process;
use rounds::{Contestant, Unit, compare};

/// The number of concurrent requests.
const CALLERS: u64 = 32;
/// The requests of each caller in each turn.
const REQUESTS: u64 = 250;
const ROUNDS: usize = 11;

/// The kinds of requests.
#[derive(Clone, Copy)]
enum Question {
    Row,
    Page,
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("--serve") {
        return owner::serve();
    }
    let owner = Process::start(&["--serve"]);
    println!(
        "{CALLERS} requests at once, {ROUNDS} rounds of {} each\n",
        CALLERS * REQUESTS
    );
    let mut tables = String::new();
    for (name, question) in [("GET one row", Question::Row), ("a page of 50", Question::Page)] {
        tables += &on_actix(name, question, owner.address());
        tables += &on_tokio(name, question, owner.address());
    }
    chart::Chart::draw("client", &tables);
}

/// Runs on one thread of actix, since the futures of awc are not `Send`.
fn on_actix(name: &str, question: Question, owner: SocketAddr) -> String {
    let system = actix_web::rt::System::new();
    let awc = awc::Client::default();
    let typed = system.block_on(typed::handle(owner));
    compare(
        &format!("{name}, on an actix thread"),
        Unit::MICROSECONDS,
        ROUNDS,
        vec![
            Contestant::new("awc + serde_json", || {
                system.block_on(at_once(|| by_hand::awc(awc.clone(), owner, question)))
            }),
            Contestant::new("typed", || {
                system.block_on(at_once(|| typed::ask(typed.clone(), question)))
            }),
        ],
    )
}

/// Runs on tokio's multi-threaded runtime. The typed client sends the requests on a thread of its own.
fn on_tokio(name: &str, question: Question, owner: SocketAddr) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let reqwest = reqwest::Client::new();
    let typed = runtime.block_on(typed::handle(owner));
    compare(
        &format!("{name}, on tokio"),
        Unit::MICROSECONDS,
        ROUNDS,
        vec![
            Contestant::new("reqwest + serde_json", || {
                runtime.block_on(spawned(|| by_hand::reqwest(reqwest.clone(), owner, question)))
            }),
            Contestant::new("typed", || {
                runtime.block_on(spawned(|| typed::ask(typed.clone(), question)))
            }),
        ],
    )
}

/// Runs the callers as tasks of this thread.
async fn at_once<F: Future<Output = ()> + 'static>(caller: impl Fn() -> F) -> u64 {
    let callers: Vec<_> = (0..CALLERS).map(|_| actix_web::rt::spawn(caller())).collect();
    for caller in callers {
        caller.await.expect("the caller ends");
    }
    CALLERS * REQUESTS
}

/// Runs the callers as tasks of the runtime.
async fn spawned<F: Future<Output = ()> + Send + 'static>(caller: impl Fn() -> F) -> u64 {
    let callers: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(caller())).collect();
    for caller in callers {
        caller.await.expect("the caller ends");
    }
    CALLERS * REQUESTS
}
