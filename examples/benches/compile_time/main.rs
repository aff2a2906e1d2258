//! What the derive adds to the time of a build: 100 managers of 8 fields whose every verb is used and which are all
//! exposed, against the same structs with serde's two derives alone. A dev build, not incremental, of these crates alone.
//! `cargo bench --bench compile_time`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

mod build;
mod generate;

use build::{Package, Time};

const MANAGERS: usize = 100;
const ROUNDS: usize = 5;

fn main() {
    let serde = Package::new("serde-alone", &generate::serde(MANAGERS));
    let managers = Package::new("managers", &generate::managers(MANAGERS));
    println!(
        "{MANAGERS} structs of 8 fields, {ROUNDS} builds each in turn; their dependencies are built before\n"
    );
    for package in [&serde, &managers] {
        package.build();
    }
    let mut times: [Vec<Time>; 2] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(serde.build());
        times[1].push(managers.build());
    }
    println!("{:<28} {:>10} {:>10}", "", "CPU s", "wall s");
    for (name, times) in ["serde's two derives", "and ours, all verbs used"]
        .iter()
        .zip(&times)
    {
        let (cpu, wall) = (fastest(times, |time| time.cpu), fastest(times, |time| time.wall));
        println!("{name:<28} {cpu:>10.2} {wall:>10.2}");
    }
    let ratio = |of: fn(&Time) -> f64| fastest(&times[1], of) / fastest(&times[0], of);
    println!(
        "{:<28} {:>10.2} {:>10.2}",
        "ratio",
        ratio(|time| time.cpu),
        ratio(|time| time.wall)
    );
}

/// What else the machine does only ever adds to a time.
fn fastest(times: &[Time], of: fn(&Time) -> f64) -> f64 {
    times.iter().map(of).fold(f64::INFINITY, f64::min)
}
