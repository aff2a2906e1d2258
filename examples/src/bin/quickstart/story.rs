//! Tells the story: one line for each step, with its requests and its time, and one for what it gave.

use std::fmt::Display;
use std::io::IsTerminal as _;
use std::time::Instant;

use crate::owner::Requests;

pub(crate) struct Story {
    requests: Requests,
    steps: u32,
    colours: bool,
}

impl Story {
    pub(crate) fn new(requests: Requests) -> Self {
        Self {
            requests,
            steps: 0,
            colours: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        }
    }

    /// Takes a step, which must need exactly this many requests to the owner: else the story would not be true.
    pub(crate) async fn step<T>(
        &mut self,
        what: &str,
        requests: u64,
        step: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let before = self.requests.count();
        let begin = Instant::now();
        let given = step.await?;
        let micros = begin.elapsed().as_micros();
        let sent = self.requests.count() - before;
        self.steps += 1;
        let (bold, dim, plain) = self.styles();
        let plural = if sent == 1 { ' ' } else { 's' };
        println!(
            "{dim}{:>2}{plain}  {bold}{what:<58}{plain} {sent} request{plural} {dim}{:>8} µs{plain}",
            self.steps,
            thousands(micros),
        );
        anyhow::ensure!(
            sent == requests,
            "this step should have needed {requests} requests, not {sent}"
        );
        Ok(given)
    }

    /// What the step gave.
    pub(crate) fn gave(&self, what: impl Display) {
        let (_, dim, plain) = self.styles();
        println!("    {dim}{what}{plain}");
    }

    fn styles(&self) -> (&'static str, &'static str, &'static str) {
        if self.colours {
            ("\x1b[1m", "\x1b[2m", "\x1b[0m")
        } else {
            ("", "", "")
        }
    }
}

fn thousands(number: u128) -> String {
    match (number / 1000, number % 1000) {
        (0, rest) => rest.to_string(),
        (thousand, rest) => format!("{thousand},{rest:03}"),
    }
}
