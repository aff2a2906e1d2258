//! GETs while other callers count: a count must not hold up the reads of single rows.

use std::thread;

use crate::load::{self, Request};
use crate::process::Process;
use crate::report::median;
use crate::service::Programs;
use crate::{ROUND, ROUNDS, cases};

const SERVICES: &[&str] = &[
    "generated",
    "by-hand",
    "sqlx",
    "by-hand-shared",
    "by-hand-turns",
    "by-hand-thread",
    "by-hand-thread-4",
];

/// The connections that count.
const COUNTING: usize = 8;

pub(crate) const NAME: &str = "GET beside counts";

/// Prints the GETs a second alone and beside counts, by the services in turn.
pub(crate) fn measure(
    programs: &Programs,
    url: &str,
    rows: i64,
    is_available: impl Fn(&str) -> bool,
) -> String {
    let names: Vec<&str> = SERVICES
        .iter()
        .copied()
        .filter(|name| is_available(name))
        .collect();
    let services: Vec<Process> = names.iter().map(|name| programs.start(name, url)).collect();
    let gets = cases::gets(rows);
    let counts = [Request::query(cases::COUNTED)];
    let mut measured: Vec<Vec<[f64; 3]>> = names.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        for turn in 0..names.len() {
            let which = (round + turn) % names.len();
            let address = services[which].address();
            let alone = load::run(address, &gets, 32, ROUND);
            let (beside, counted) = thread::scope(|scope| {
                let counted = scope.spawn(|| load::run(address, &counts, COUNTING, ROUND));
                let beside = load::run(address, &gets, 32, ROUND);
                (beside, counted.join().expect("a load"))
            });
            measured[which]
                .push([alone, beside, counted].map(|requests| requests as f64 / ROUND.as_secs_f64()));
        }
    }
    let mut table = format!(
        "{NAME}: 32 connections, and {COUNTING} that count\n  {:<18} {:>12} {:>12} {:>8} {:>12}\n",
        "", "alone/s", "beside/s", "share", "counts/s"
    );
    for (name, rounds) in names.iter().zip(&measured) {
        let of = |which: usize| median(rounds.iter().map(|round| round[which]));
        let share = median(rounds.iter().map(|[alone, beside, _]| beside / alone));
        table += &format!(
            "  {name:<18} {:>12.0} {:>12.0} {share:>8.2} {:>12.0}\n",
            of(0),
            of(1),
            of(2)
        );
    }
    table
}
