//! What was measured, and the table of it.

use std::time::{Duration, Instant};

use crate::load::{self, Request};
use crate::service::Service;

pub(crate) struct Measured {
    per_second: f64,
    cpu_micros: f64,
}

impl Measured {
    pub(crate) fn of(service: &Service, requests: &[Request], connections: usize, time: Duration) -> Self {
        let (cpu, begin) = (service.cpu(), Instant::now());
        let answered = load::run(service.address(), requests, connections, time) as f64;
        let (cpu, elapsed) = (service.cpu() - cpu, begin.elapsed());
        Self {
            per_second: answered / elapsed.as_secs_f64(),
            cpu_micros: cpu.as_secs_f64() * 1e6 / answered,
        }
    }
}

fn median(measured: &[Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    let mut values: Vec<f64> = measured.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints the medians, and how the first compares with each: over 1 is better.
pub(crate) fn print(case: &str, names: &[&str], measured: &[Vec<Measured>]) {
    println!("{case}");
    println!(
        "  {:<18} {:>12} {:>8} {:>14} {:>8}",
        "", "requests/s", "ratio", "CPU µs/request", "ratio"
    );
    let medians = measured.iter().map(|measured| {
        let per_second = median(measured, |one| one.per_second);
        (per_second, median(measured, |one| one.cpu_micros))
    });
    let medians: Vec<_> = medians.collect();
    let (per_second, cpu_micros) = medians[0];
    for (name, (theirs_per_second, their_cpu_micros)) in names.iter().zip(&medians) {
        println!(
            "  {name:<18} {theirs_per_second:>12.0} {:>8.2} {their_cpu_micros:>14.1} {:>8.2}",
            per_second / theirs_per_second,
            their_cpu_micros / cpu_micros,
        );
    }
    println!();
}
