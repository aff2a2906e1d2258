//! The results of a server, and their table.

use std::time::{Duration, Instant};

use crate::process::Process;
use crate::subscribers::Subscribers;

pub(crate) struct Measured {
    /// The time until the last subscriber has read the event.
    elapsed: Duration,
    /// The CPU time of all threads of the server.
    cpu: Duration,
}

impl Measured {
    /// One event for all subscribers.
    pub(crate) fn of(server: &mut Process, subscribers: &mut Subscribers, frame: usize) -> Self {
        let (used, begin) = (cpu(server), Instant::now());
        server.tell(&frame.to_string());
        subscribers.wait();
        let elapsed = begin.elapsed();
        Self {
            elapsed,
            cpu: cpu(server) - used,
        }
    }
}

/// The CPU time of the server's threads in nanoseconds: the first number in the `schedstat` of each. It is more precise than
/// `stat`.
fn cpu(server: &Process) -> Duration {
    Duration::from_nanos(
        server
            .threads()
            .filter_map(|schedstat| schedstat.split(' ').next()?.parse::<u64>().ok())
            .sum(),
    )
}

/// The server's resident memory in bytes.
pub(crate) fn memory(server: &Process) -> u64 {
    let status = server.proc("status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .expect("VmRSS");
    kilobytes.parse::<u64>().expect("a number") * 1024
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The medians, and the ratio to the first server. The ratio is the median of the ratios of the events, since all servers send each
/// event one right after the other.
pub(crate) fn table<const N: usize>(case: &str, names: [&str; N], measured: &[Vec<Measured>; N]) -> String {
    let mut table = format!(
        "{case}\n  {:<16} {:>14} {:>8} {:>14} {:>8}\n",
        "", "ms to the last", "ratio", "server CPU ms", "ratio"
    );
    for (name, theirs) in names.iter().zip(measured) {
        let of = |what: fn(&Measured) -> Duration| {
            let rounds = measured[0].iter().zip(theirs);
            let ratios = rounds.map(|(first, theirs)| what(theirs).div_duration_f64(what(first)));
            let milliseconds = theirs.iter().map(|once| what(once).as_secs_f64() * 1e3);
            (median(milliseconds), median(ratios))
        };
        let (elapsed, slower) = of(|once| once.elapsed);
        let (cpu, costlier) = of(|once| once.cpu);
        table += &format!("  {name:<16} {elapsed:>14.2} {slower:>8.2} {cpu:>14.2} {costlier:>8.2}\n");
    }
    table
}
