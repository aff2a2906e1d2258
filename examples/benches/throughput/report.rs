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

/// Prints the medians of both, and their ratios: over 1 is better than the twin.
pub(crate) fn print(name: &str, [generated, twin]: &[Vec<Measured>; 2]) {
    let per_second = [generated, twin].map(|measured| median(measured, |one| one.per_second));
    let cpu_micros = [generated, twin].map(|measured| median(measured, |one| one.cpu_micros));
    println!("{name}");
    println!("  {:<12} {:>12} {:>22}", "", "requests/s", "CPU µs a request");
    for (place, service) in ["generated", "by hand"].into_iter().enumerate() {
        println!(
            "  {service:<12} {:>12.0} {:>22.1}",
            per_second[place], cpu_micros[place]
        );
    }
    println!(
        "  {:<12} {:>12.2} {:>22.2}\n",
        "ratio",
        per_second[0] / per_second[1],
        cpu_micros[1] / cpu_micros[0],
    );
}
