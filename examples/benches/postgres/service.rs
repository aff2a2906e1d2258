//! The services. Each is a process of its own, so that its CPU time does not include that of the load generator.

use std::path::PathBuf;

use crate::generated;
use crate::process::Process;
use crate::twin::{self, Pages, Writing};

/// The programs of the services.
pub(crate) struct Programs {
    /// The handlers on sqlx, if they were built.
    pub(crate) sqlx: Option<PathBuf>,
}

impl Programs {
    /// Starts a service on a database.
    pub(crate) fn start(&self, which: &str, url: &str) -> Process {
        let arguments = ["--serve", which, url];
        match (which, &self.sqlx) {
            ("sqlx", Some(program)) => Process::start_program(program, &arguments),
            _ => Process::start(&arguments),
        }
    }
}

/// Runs the process of a service.
pub(crate) fn serve(which: &str, url: &str) {
    match which {
        "generated" | "keyed" | "keyed-random" => generated::serve(url),
        "by-hand" => twin::serve(url, Pages::OwnConnection, Writing::TwoTrips),
        "by-hand-shared" => twin::serve(url, Pages::OneConnection, Writing::TwoTrips),
        "by-hand-turns" => twin::serve(url, Pages::Turns, Writing::TwoTrips),
        "by-hand-thread" => twin::serve(url, Pages::Background(1), Writing::TwoTrips),
        "by-hand-thread-4" => twin::serve(url, Pages::Background(4), Writing::TwoTrips),
        "by-hand-one-trip" => twin::serve(url, Pages::OwnConnection, Writing::OneTrip),
        "by-hand-savepoints" => twin::serve(url, Pages::OwnConnection, Writing::Savepoints),
        other => panic!("there is no service `{other}`"),
    }
}
