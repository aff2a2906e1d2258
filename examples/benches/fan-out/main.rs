//! Measures the time until an event reaches the last of many subscribers, compared with writes of its frame to as many raw
//! sockets, and the memory of an idle socket: `cargo bench --bench fan-out`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

#[path = "../support/chart.rs"]
mod chart;
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
const EVENTS: usize = 41;

fn main() {
    allow_many_sockets();
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, serve, which] if serve == "--serve" && which == "generated" => return generated::serve(),
        [_, serve, which] if serve == "--serve" && which == "raw" => return raw::serve(),
        _ => {}
    }
    println!("one thread a server, {EVENTS} events to each number of subscribers, the servers in turn\n");
    let mut tables = String::new();
    for count in SUBSCRIBERS {
        let mut servers = ["generated", "raw"].map(|which| Process::start(&["--serve", which]));
        let empty = report::memory(&servers[0]);
        let mut generated = Subscribers::of_websocket(servers[0].address(), count);
        let held = report::memory(&servers[0]) - empty;
        // The first event gives the length of the frame for the raw server.
        let frame = generated.first_frame(&mut servers[0]);
        let mut raw = Subscribers::of_raw(servers[1].address(), count, frame);
        let mut measured = [Vec::new(), Vec::new()];
        for event in 0..=EVENTS {
            for turn in 0..2 {
                let which = (event + turn) % 2;
                let subscribers = [&mut generated, &mut raw];
                let once = Measured::of(&mut servers[which], subscribers[which], frame);
                // The first event warms up.
                if event > 0 {
                    measured[which].push(once);
                }
            }
        }
        let table = table(count, frame, &measured);
        println!(
            "{table}  {:.1} KiB of memory an idle socket\n",
            held as f64 / 1024.0 / count as f64
        );
        tables += &table;
    }
    chart::Chart::draw("fan-out", &tables);
}

/// Raises the limit of open files of this process to the maximum of the system.
fn allow_many_sockets() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).expect("a limit up to the maximum");
    let needed = 2 * SUBSCRIBERS[2] as u64 + 100;
    assert!(
        limit.maximum.is_none_or(|maximum| maximum >= needed),
        "{needed} open files are needed: `ulimit -Hn {needed}`"
    );
}
