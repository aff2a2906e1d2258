//! What the generated service costs beside the same service written by hand: requests a second and CPU time a
//! request, of the two in turn, over the same database file. `cargo bench`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

mod generated;
mod load;
mod report;
mod service;
mod twin;

use std::path::Path;
use std::time::Duration;

use load::Request;
use report::Measured;
use service::Service;

/// The derive's service, which reads one row in the handler and pages on threads of its own, and the same by hand: with
/// all reads on threads, and with all reads in the handler, which blocks its worker meanwhile.
const NAMES: [&str; 3] = ["generated", "by-hand", "by-hand-blocking"];
const ROWS: i64 = 10_000;
const CONNECTIONS: usize = 32;
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_secs(2);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, serve, which, database] = arguments.as_slice()
        && serve == "--serve"
    {
        return service::serve(which, Path::new(database));
    }

    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = folder.path().join("projects.db");
    generated::fill(&database, ROWS);
    let services = NAMES.map(|name| Service::start(name, &database));

    let cases: [(&str, Vec<Request>); 3] = [
        ("GET one row", (1..=ROWS).map(Request::get).collect()),
        (
            "query: 50 of 5,000, with count",
            vec![Request::query(
                r#"{"filters": {"status": "active"}, "page": 1, "page_size": 50}"#,
            )],
        ),
        (
            "query: 50 of 5,000, no count",
            vec![Request::query(
                r#"{"filters": {"status": "active"}, "page": 1, "page_size": 50, "count": false}"#,
            )],
        ),
    ];
    println!(
        "{ROWS} rows, {CONNECTIONS} connections, a worker a core, {ROUNDS} rounds of {ROUND:?} each in turn\n"
    );
    for (name, requests) in &cases {
        assert_same_answers(&services, requests);
        let mut measured = NAMES.map(|_| Vec::new());
        for round in 0..ROUNDS {
            // Which one goes first changes from round to round.
            for turn in 0..NAMES.len() {
                let which = (round + turn) % NAMES.len();
                measured[which].push(Measured::of(&services[which], requests, CONNECTIONS, ROUND));
            }
        }
        report::print(name, &NAMES, &measured);
    }
}

/// A comparison of two services that answer differently would mean nothing.
fn assert_same_answers(services: &[Service], requests: &[Request]) {
    let answers = services.iter().map(|service| {
        let answer = load::once(service.address(), &requests[0]);
        let mut answer: serde_json::Value = serde_json::from_slice(&answer).expect("a JSON body");
        answer["metadata"]["request_id"].take();
        answer
    });
    let answers: Vec<_> = answers.collect();
    for answer in &answers {
        assert_eq!(*answer, answers[0], "the services answer differently");
    }
}
