//! Measures the derived service on Postgres, the same service written by hand, and handlers on sqlx: requests a second, and CPU time
//! for each request, of the service and of the database.
//!
//! `cargo bench --bench postgres` starts a server by `scripts/postgres`. `-- --database postgres://localhost/postgres` measures on a
//! server whose role may create databases. Another argument selects the cases with that text in their name. `--sqlx` adds the
//! handlers on sqlx, and `--variants` the services written by hand in other ways, which the design page compares.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

mod beside;
#[path = "../support/by_hand.rs"]
mod by_hand;
mod cases;
#[path = "../support/chart.rs"]
mod chart;
mod events;
mod generated;
#[path = "../support/handlers.rs"]
mod handlers;
#[path = "../support/load.rs"]
mod load;
#[path = "../support/process.rs"]
mod process;
#[path = "../support/report.rs"]
mod report;
mod server;
mod service;
mod twin;

use std::rc::Rc;
use std::time::Duration;

use cases::Case;
use chart::Chart;
use load::Request;
use process::Process;
use report::{Measured, median};
use server::Server;
use service::Programs;

const ROWS: i64 = 10_000;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);

/// The database with the rows, of which each service that writes has a copy.
const FILLED: &str = "gm_bench_filled";

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, which, url] = arguments.as_slice()
        && serve == "--serve"
    {
        return service::serve(which, url);
    }
    let database = arguments.iter().position(|argument| argument == "--database");
    let url = database.map(|place| arguments.drain(place..place + 2).nth(1).expect("a URL"));
    // Cargo adds `--bench`.
    let wanted = arguments.iter().find(|argument| !argument.starts_with("--"));
    let is_wanted = |name: &str| wanted.is_none_or(|wanted| name.contains(wanted.as_str()));
    let sqlx = arguments
        .iter()
        .any(|argument| argument == "--sqlx")
        .then(|| handlers::build("sqlx"));
    if sqlx.is_none() {
        println!("Without the handlers on sqlx, which take a minute to build: `-- --sqlx`.");
    }
    let programs = Programs { sqlx };
    let has_variants = arguments.iter().any(|argument| argument == "--variants");
    let is_available = |name: &str| match name {
        "generated" | "keyed" | "keyed-random" | "by-hand" => true,
        "sqlx" => programs.sqlx.is_some(),
        _ => has_variants,
    };
    println!("{ROWS} rows, a worker a core, {ROUNDS} rounds of {ROUND:?} each in turn\n");

    let server = url.map_or_else(Server::start, |url| Server::connect(&url));
    let filled = server.create(FILLED, None);
    server.execute_in(&filled, &generated::filled(ROWS));
    let mut tables = String::new();
    for case in cases::all(ROWS) {
        if is_wanted(&case.name) {
            let table = measure(&case, &programs, &server, &filled, is_available);
            println!("{table}");
            tables += &table;
        }
    }
    if is_wanted(beside::NAME) {
        println!("{}", beside::measure(&programs, &filled, ROWS, is_available));
    }
    if is_wanted(events::NAME) {
        let url = server.create("gm_bench_events", Some(FILLED));
        println!("{}", events::measure(&programs, &url, is_available));
        server.drop("gm_bench_events");
    }
    server.drop(FILLED);
    // The picture needs all cases.
    if wanted.is_none() {
        Chart::draw("postgres", &tables);
    }
}

fn measure(
    case: &Case,
    programs: &Programs,
    server: &Server,
    filled: &str,
    is_available: impl Fn(&str) -> bool,
) -> String {
    let names: Vec<&str> = case
        .services
        .iter()
        .copied()
        .filter(|name| is_available(name))
        .collect();
    let own = |name: &&str| format!("gm_bench_{}", name.replace('-', "_"));
    let services: Vec<Process> = names
        .iter()
        .map(|name| {
            if case.writes {
                programs.start(name, &server.create(&own(name), Some(FILLED)))
            } else {
                programs.start(name, filled)
            }
        })
        .collect();
    let requests: Vec<_> = names.iter().map(|name| case.requests_of(name)).collect();
    assert_same_answers(&services, &requests);
    let mut measured: Vec<Vec<Measured>> = names.iter().map(|_| Vec::new()).collect();
    let mut database: Vec<Vec<f64>> = names.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        // Each round begins with another service.
        for turn in 0..names.len() {
            let which = (round + turn) % names.len();
            let before = server.cpu();
            let once = Measured::of(&services[which], &requests[which], case.connections, ROUND);
            if let (Some(before), Some(after)) = (before, server.cpu()) {
                database[which].push((after - before).as_secs_f64() * 1e6 / once.answered);
            }
            measured[which].push(once);
        }
    }
    drop(services);
    if case.writes {
        names.iter().for_each(|name| server.drop(&own(name)));
    }
    let table = report::table(&case.name, "service µs", &names, &measured);
    with_database(&table, &database)
}

/// The table with a column for the CPU time of the database's processes, if the server runs on this machine.
fn with_database(table: &str, database: &[Vec<f64>]) -> String {
    let mut column =
        std::iter::once("database µs".to_owned()).chain(database.iter().map(
            |rounds| match rounds.is_empty() {
                true => String::new(),
                false => format!("{:.1}", median(rounds.iter().copied())),
            },
        ));
    let mut lines = table.lines();
    let mut table = format!("{}\n", lines.next().expect("the name of the case"));
    for line in lines {
        table += &format!("{line} {:>12}\n", column.next().expect("a line for each service"));
    }
    table
}

/// Checks that the services respond equally, since the comparison would be meaningless otherwise.
fn assert_same_answers(services: &[Process], requests: &[Rc<[Request]>]) {
    let answers = services.iter().zip(requests).map(|(service, requests)| {
        let answer = load::once(service.address(), &requests[0]);
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
