//! The results of services under load, and their table.

use std::time::{Duration, Instant};

use crate::load::{self, Request};
use crate::process::Process;

pub(crate) struct Measured {
    /// The number of responses.
    #[allow(
        dead_code,
        reason = "a module of several benchmarks, of which each uses a part"
    )]
    pub(crate) answered: f64,
    per_second: f64,
    cpu_micros: f64,
}

impl Measured {
    pub(crate) fn of(service: &Process, requests: &[Request], connections: usize, time: Duration) -> Self {
        let (cpu, begin) = (service.cpu(), Instant::now());
        let answered = load::run(service.address(), requests, connections, time) as f64;
        let (cpu, elapsed) = (service.cpu() - cpu, begin.elapsed());
        Self {
            answered,
            per_second: answered / elapsed.as_secs_f64(),
            cpu_micros: cpu.as_secs_f64() * 1e6 / answered,
        }
    }
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The medians of the rounds, and the ratio of the first service to each. A ratio above 1 is better. It is the median of the ratios
/// of the rounds, since other load of the machine affects all services of a round alike. `cpu` names the column of the CPU time in
/// microseconds a request.
pub(crate) fn table(case: &str, cpu: &str, names: &[&str], measured: &[Vec<Measured>]) -> String {
    let mut table = format!(
        "{case}\n  {:<18} {:>12} {:>8} {cpu:>14} {:>8}\n",
        "", "requests/s", "ratio", "ratio"
    );
    for (name, theirs) in names.iter().zip(measured) {
        let rounds = || measured[0].iter().zip(theirs);
        table += &format!(
            "  {name:<18} {:>12.0} {:>8.2} {:>14.1} {:>8.2}\n",
            median(theirs.iter().map(|round| round.per_second)),
            median(rounds().map(|(ours, theirs)| ours.per_second / theirs.per_second)),
            median(theirs.iter().map(|round| round.cpu_micros)),
            median(rounds().map(|(ours, theirs)| theirs.cpu_micros / ours.cpu_micros)),
        );
    }
    table
}
