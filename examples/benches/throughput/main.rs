//! Measures the throughput of the generated service, of the same service written by hand, and of handlers on SeaORM: requests a
//! second, and CPU time for each request. `cargo bench --bench throughput` runs all cases and draws the picture of the page about
//! benchmarks. An argument selects the cases with that text in their name, and `--seaorm` adds the handlers on SeaORM.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

#[path = "../support/by_hand.rs"]
mod by_hand;
mod cases;
#[path = "../support/chart.rs"]
mod chart;
mod generated;
#[path = "../support/handlers.rs"]
mod handlers;
#[path = "../support/load.rs"]
mod load;
#[path = "../support/process.rs"]
mod process;
#[path = "../support/report.rs"]
mod report;
mod row_rule;
mod service;
mod twin;

use std::path::Path;
use std::time::Duration;

use cases::{Case, Kind, Measurable};
use chart::Chart;
use process::Process;
use report::Measured;
use service::Programs;

const ROWS: i64 = 10_000;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, which, database, synchronous] = arguments.as_slice()
        && serve == "--serve"
    {
        return service::serve(which, Path::new(database), synchronous);
    }
    // Cargo adds `--bench`.
    let wanted = arguments.iter().find(|argument| !argument.starts_with("--"));
    let seaorm = arguments
        .iter()
        .any(|argument| argument == "--seaorm")
        .then(|| handlers::build("seaorm"));
    if seaorm.is_none() {
        println!(
            "Without the handlers on SeaORM, which take some minutes to build: `cargo bench --bench throughput -- --seaorm`."
        );
    }
    let programs = Programs { seaorm };
    println!("{ROWS} rows, a worker a core, {ROUNDS} rounds of {ROUND:?} each in turn\n");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let filled = folder.path().join("filled.db");
    generated::fill(&filled, ROWS);
    row_rule::fill(&filled, ROWS);
    let mut tables = String::new();
    for case in cases::all(ROWS) {
        if wanted.is_none_or(|wanted| case.name.contains(wanted.as_str())) {
            let table = measure(&case, &programs, &filled);
            println!("{table}");
            tables += &table;
        }
    }
    // The picture needs all cases.
    if wanted.is_none() {
        Chart::draw("throughput", &tables);
    }
}

fn measure(case: &Case, programs: &Programs, filled: &Path) -> String {
    let measurable: Vec<&Measurable> = case
        .services
        .iter()
        .filter(|service| service.name != "seaorm" || programs.seaorm.is_some())
        .collect();
    let names: Vec<&str> = measurable.iter().map(|service| service.name).collect();
    // Each service that writes has a file of its own, with the same initial rows.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let services: Vec<Process> = names
        .iter()
        .map(|name| {
            let own = folder.path().join(format!("{name}.db"));
            let database = match case.kind {
                Kind::Reading => filled,
                Kind::Writing => {
                    std::fs::copy(filled, &own).expect("a copy of the database");
                    &own
                }
            };
            programs.start(name, database, case.synchronous)
        })
        .collect();
    assert_same_answers(&services, &measurable);
    let mut measured: Vec<Vec<Measured>> = names.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        // Each round begins with another service.
        for turn in 0..names.len() {
            let which = (round + turn) % names.len();
            let (service, requests) = (&services[which], &measurable[which].requests);
            measured[which].push(Measured::of(service, requests, case.connections, ROUND));
        }
    }
    report::table(&case.name, "CPU µs/request", &names, &measured)
}

/// Checks that the services respond equally, since the comparison would be meaningless otherwise.
fn assert_same_answers(services: &[Process], measurable: &[&Measurable]) {
    let answers = services.iter().zip(measurable).map(|(service, of)| {
        let answer = load::once(service.address(), &of.requests[0]);
        let mut answer: serde_json::Value = serde_json::from_slice(&answer).expect("a JSON body");
        let metadata = answer["metadata"].as_object_mut().expect("metadata");
        // The services by hand have no cursors.
        for key in ["request_id", "next_cursor"] {
            metadata.remove(key);
        }
        answer
    });
    let answers: Vec<_> = answers.collect();
    for answer in &answers {
        assert_eq!(*answer, answers[0], "the services answer differently");
    }
}
