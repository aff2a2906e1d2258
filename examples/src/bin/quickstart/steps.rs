//! Prints each step of the quickstart: a line with its requests and its time, and a line with its result.

use std::fmt::Display;
use std::io::IsTerminal as _;
use std::time::Instant;

use crate::owner::Requests;

pub(crate) struct Steps {
    requests: Requests,
    count: u32,
    colours: bool,
}

impl Steps {
    pub(crate) fn new(requests: Requests) -> Self {
        Self {
            requests,
            count: 0,
            colours: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        }
    }

    /// Runs a step, and checks that it sends exactly this many requests to the owner.
    pub(crate) async fn step<T>(
        &mut self,
        what: &str,
        requests: u64,
        step: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let before = self.requests.count();
        let begin = Instant::now();
        let result = step.await?;
        let micros = begin.elapsed().as_micros();
        let sent = self.requests.count() - before;
        self.count += 1;
        let (bold, dim, plain) = self.styles();
        let plural = if sent == 1 { ' ' } else { 's' };
        println!(
            "{dim}{:>2}{plain}  {bold}{what:<58}{plain} {sent} request{plural} {dim}{:>8} µs{plain}",
            self.count,
            thousands(micros),
        );
        anyhow::ensure!(
            sent == requests,
            "this step should send {requests} requests, and it sent {sent}"
        );
        Ok(result)
    }

    /// Prints the result of the step.
    pub(crate) fn print_result(&self, what: impl Display) {
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
