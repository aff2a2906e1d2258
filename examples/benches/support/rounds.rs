//! Compares functions that run in turn in one process, and prints a table of their costs.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// The cost of an operation in one turn.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

/// A measured function. A turn returns the number of its operations.
pub(crate) struct Contestant<'a> {
    name: &'static str,
    turn: Box<dyn FnMut() -> u64 + 'a>,
    costs: Vec<Cost>,
}

impl<'a> Contestant<'a> {
    pub(crate) fn new(name: &'static str, turn: impl FnMut() -> u64 + 'a) -> Self {
        Self {
            name,
            turn: Box::new(turn),
            costs: Vec::new(),
        }
    }
}

/// The user and system time of all threads of this process.
pub(crate) fn cpu() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        used.tv_sec.try_into().expect("time is used, not won"),
        used.tv_nsec.try_into().expect("less than a second"),
    )
}

/// Runs the contestants in turn, in each round with another one first, and prints and returns a table of the medians in this unit. A
/// ratio to the first contestant is the median of the ratios of the rounds. Below 1 is cheaper. One turn of each warms up.
pub(crate) fn compare(case: &str, unit: Unit, rounds: usize, mut contestants: Vec<Contestant<'_>>) -> String {
    for contestant in &mut contestants {
        (contestant.turn)();
    }
    for round in 0..rounds {
        for place in 0..contestants.len() {
            let which = (round + place) % contestants.len();
            let contestant = &mut contestants[which];
            let (used, begin) = (cpu(), Instant::now());
            let operations = (contestant.turn)() as f64;
            let (wall, cpu) = (begin.elapsed(), cpu() - used);
            contestant.costs.push(Cost {
                wall: wall.as_secs_f64() / operations,
                cpu: cpu.as_secs_f64() / operations,
            });
        }
    }
    let Unit { name, a_second } = unit;
    let mut table = format!(
        "{case}\n  {:<28} {:>10} {:>8} {:>10} {:>8}\n",
        "",
        name,
        "ratio",
        format!("CPU {name}"),
        "ratio"
    );
    for contestant in &contestants {
        let rounds = || contestants[0].costs.iter().zip(&contestant.costs);
        table += &format!(
            "  {:<28} {:>10.1} {:>8.2} {:>10.1} {:>8.2}\n",
            contestant.name,
            a_second * median(contestant.costs.iter().map(|cost| cost.wall)),
            median(rounds().map(|(first, cost)| cost.wall / first.wall)),
            a_second * median(contestant.costs.iter().map(|cost| cost.cpu)),
            median(rounds().map(|(first, cost)| cost.cpu / first.cpu)),
        );
    }
    println!("{table}");
    table
}

/// The unit of costs.
#[derive(Clone, Copy)]
pub(crate) struct Unit {
    name: &'static str,
    a_second: f64,
}

#[allow(
    dead_code,
    reason = "a module of several benchmarks, of which each uses a part"
)]
impl Unit {
    pub(crate) const NANOSECONDS: Self = Self {
        name: "ns",
        a_second: 1e9,
    };
    pub(crate) const MICROSECONDS: Self = Self {
        name: "µs",
        a_second: 1e6,
    };
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
