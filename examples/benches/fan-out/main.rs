//! Measures the time until an event reaches the last of many subscribers: `cargo bench --bench fan-out`.
//!
//! - A resource that every caller may read is compared with writes of the frame to as many raw sockets. The memory of an idle socket
//!   is measured, too.
//! - Subscribers in 50 classes, which may read different rows, are compared with those of one class. The goal: at most 1.15 times the
//!   time.
//! - An event that one of 5,000 classes receives is compared with an event to the only subscriber.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

#[path = "../support/chart.rs"]
mod chart;
mod classes;
mod generated;
#[path = "../support/process.rs"]
mod process;
mod raw;
mod report;
mod subscribers;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use process::Process;
use report::{Measured, table};
use subscribers::Subscribers;

const SUBSCRIBERS: [usize; 3] = [200, 1_000, 5_000];
const CLASSES: usize = 50;
const EVENTS: usize = 41;

fn main() {
    allow_many_sockets();
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, serve, which] = arguments.as_slice()
        && serve == "--serve"
    {
        return match which.as_str() {
            "generated" => generated::serve_projects(),
            "raw" => raw::serve(),
            "document-of-all" => classes::serve_document(CLASSES, 1),
            "document-of-one" => classes::serve_document(MOST_SUBSCRIBERS, MOST_SUBSCRIBERS),
            "task" => classes::serve_task(MOST_SUBSCRIBERS),
            _ => panic!("no server is named {which}"),
        };
    }
    println!("one thread a server, {EVENTS} events to each number of subscribers, the servers in turn\n");
    let mut tables = String::new();
    let mut print = |table: String, notes: &str| {
        println!("{table}{notes}");
        tables += &table;
    };
    for count in SUBSCRIBERS {
        let (table, bytes) = public(count);
        let kilobytes = bytes as f64 / 1024.0 / count as f64;
        print(table, &format!("  {kilobytes:.1} KiB of memory an idle socket\n"));
    }
    print(of_classes(), "");
    print(one_of_many_classes(), "");
    chart::Chart::draw("fan-out", &tables);
}

const MOST_SUBSCRIBERS: usize = SUBSCRIBERS[2];

/// The table of a resource that every caller may read, and the bytes that its owner has for the sockets.
fn public(count: usize) -> (String, u64) {
    let mut servers = ["raw", "generated"].map(|which| Process::start(&["--serve", which]));
    let empty = report::memory(&servers[1]);
    let mut generated = Subscribers::of_websocket(servers[1].address(), "projects", (0..count).map(|_| None));
    let held = report::memory(&servers[1]) - empty;
    // The first event gives the length of the frame for the raw server.
    let frame = generated.first_frame(&mut servers[1]);
    let raw = Subscribers::of_raw(servers[0].address(), count, frame);
    let measured = measure(&mut servers, &mut [raw, generated], frame);
    let case = format!("{count} subscribers, frames of {frame} bytes");
    (table(&case, ["raw", "generated"], &measured), held)
}

/// The table of an event to each subscriber of one class, and of many.
fn of_classes() -> String {
    let mut servers = [1, 2].map(|_| Process::start(&["--serve", "document-of-all"]));
    let tokens =
        |classes| (0..MOST_SUBSCRIBERS).map(move |socket| Some(classes::token(socket % classes + 1)));
    let mut subscribers = [(0, 1), (1, CLASSES)].map(|(server, classes)| {
        let address = Process::address(&servers[server]);
        Subscribers::of_websocket(address, "documents", tokens(classes))
    });
    let frames = [0, 1].map(|which| subscribers[which].first_frame(&mut servers[which]));
    assert_eq!(frames[0], frames[1]);
    let measured = measure(&mut servers, &mut subscribers, frames[0]);
    let case = format!("{MOST_SUBSCRIBERS} subscribers, as many in each class");
    table(&case, ["one class", "50 classes"], &measured)
}

/// The table of an event to one subscriber: the only one, and one of many classes that are found by the value which their rule needs,
/// or have to be judged each.
fn one_of_many_classes() -> String {
    let mut servers = ["task", "task", "document-of-one"].map(|which| Process::start(&["--serve", which]));
    let last = MOST_SUBSCRIBERS;
    let mut subscribers =
        [(0, "tasks", last), (1, "tasks", 1), (2, "documents", 1)].map(|(server, resource, first)| {
            let address = Process::address(&servers[server]);
            let tokens = (first..=last).map(|caller| Some(classes::token(caller)));
            Subscribers::of_websocket(address, resource, tokens).that_receive(1)
        });
    let frames = [0, 1, 2].map(|which| subscribers[which].first_frame(&mut servers[which]));
    let measured = measure(&mut servers, &mut subscribers, frames[0]);
    let case = format!("{MOST_SUBSCRIBERS} subscribers in as many classes, an event to one of them");
    table(
        &case,
        ["one subscriber", "classes by value", "classes judged"],
        &measured,
    )
}

/// Sends the events by the servers in turn, another one first with each event.
fn measure<const N: usize>(
    servers: &mut [Process; N],
    subscribers: &mut [Subscribers; N],
    frame: usize,
) -> [Vec<Measured>; N] {
    let mut measured = [const { Vec::new() }; N];
    for event in 0..=EVENTS {
        for turn in 0..N {
            let which = (event + turn) % N;
            let once = Measured::of(&mut servers[which], &mut subscribers[which], frame);
            // The first event warms up.
            if event > 0 {
                measured[which].push(once);
            }
        }
    }
    measured
}

/// Raises the limit of open files of this process to the maximum of the system.
fn allow_many_sockets() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).expect("a limit up to the maximum");
    let needed = 2 * MOST_SUBSCRIBERS as u64 + 100;
    assert!(
        limit.maximum.is_none_or(|maximum| maximum >= needed),
        "{needed} open files are needed: `ulimit -Hn {needed}`"
    );
}
