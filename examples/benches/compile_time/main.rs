//! Measures the build time of the derive: 100 exposed managers with 8 fields whose verbs are all used, compared with the same
//! structs with serde's two derives. It measures a dev build of these crates, without incremental compilation.
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
    let crates = [
        (
            "serde's two derives",
            Package::new("serde-alone", &generate::serde(MANAGERS)),
        ),
        (
            "and as many awaits",
            Package::new("awaiting", &generate::awaiting(MANAGERS)),
        ),
        (
            "ours, every verb used",
            Package::new("managers", &generate::managers(MANAGERS)),
        ),
    ];
    println!(
        "{MANAGERS} structs of 8 fields, {ROUNDS} builds each in turn; their dependencies are built before\n"
    );
    for (_, package) in &crates {
        package.build();
    }
    let mut times: [Vec<Time>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for ((_, package), times) in crates.iter().zip(&mut times) {
            times.push(package.build());
        }
    }
    println!(
        "{:<24} {:>8} {:>8} {:>8} {:>8}",
        "", "CPU s", "ratio", "wall s", "ratio"
    );
    let least = |place: usize| {
        (
            fastest(&times[place], |time| time.cpu),
            fastest(&times[place], |time| time.wall),
        )
    };
    let serde = least(0);
    for (place, (name, _)) in crates.iter().enumerate() {
        let (cpu, wall) = least(place);
        println!(
            "{name:<24} {cpu:>8.2} {:>8.2} {wall:>8.2} {:>8.2}",
            cpu / serde.0,
            wall / serde.1
        );
    }
    let [.., (_, managers)] = &crates;
    let lines = managers.expanded_lines() / MANAGERS;
    println!("\n{lines} lines of expansion a manager");
}

/// The minimum, since other load of the machine only increases a time.
fn fastest(times: &[Time], of: fn(&Time) -> f64) -> f64 {
    times.iter().map(of).fold(f64::INFINITY, f64::min)
}
