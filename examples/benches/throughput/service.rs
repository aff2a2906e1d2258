//! The services. Each is a process of its own, so that its CPU time does not include that of the load generator.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::generated;
use crate::row_rule::{self, Reader};
use crate::twin::{self, Reading, Writing};

/// The time at which a write is on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Synchronous {
    /// Before the response.
    Full,
    /// At SQLite's checkpoints.
    Normal,
}

impl Synchronous {
    /// The name of the setting in SQLite.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

/// The programs of the services.
pub(crate) struct Programs {
    /// The handlers on SeaORM, if they were built.
    pub(crate) seaorm: Option<PathBuf>,
}

pub(crate) struct Service {
    process: Child,
    address: SocketAddr,
}

impl Programs {
    /// Starts a service with a filled database.
    pub(crate) fn start(&self, which: &str, database: &Path, synchronous: Synchronous) -> Service {
        let this = std::env::current_exe().expect("this program");
        let program = match (which, &self.seaorm) {
            ("seaorm", Some(program)) => program,
            _ => &this,
        };
        let mut process = Command::new(program)
            .args(["--serve", which])
            .arg(database)
            .arg(synchronous.name())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output"))
            .read_line(&mut line)
            .expect("its address");
        Service {
            process,
            address: line.trim().parse().expect("an address"),
        }
    }
}

impl Service {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The user and system time of all its threads. proc_pid_stat(5) counts it in hundredths of a second.
    pub(crate) fn cpu(&self) -> Duration {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("Linux's /proc");
        // The second field, a name in parentheses, may contain spaces. The field behind it is the third.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .expect("fields")
            .split_whitespace()
            .collect();
        let ticks: u64 =
            fields[11].parse::<u64>().expect("utime") + fields[12].parse::<u64>().expect("stime");
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs the process of a service.
pub(crate) fn serve(which: &str, database: &Path, synchronous: &str) {
    let synchronous = if synchronous == Synchronous::Full.name() {
        Synchronous::Full
    } else {
        Synchronous::Normal
    };
    match which {
        "generated" => generated::serve(database, synchronous),
        "public" => row_rule::serve(database, Reader::Every),
        "row-rule" => row_rule::serve(database, Reader::Owner),
        "by-hand" => twin::serve(database, Reading::Threads, Writing::Shared, synchronous),
        "by-hand-blocking" => twin::serve(database, Reading::Blocking, Writing::Shared, synchronous),
        "by-hand-each" => twin::serve(database, Reading::Threads, Writing::Each, synchronous),
        other => panic!("there is no service `{other}`"),
    }
}

/// Prints the address of the service, for the benchmark.
pub(crate) fn announce(address: SocketAddr) {
    println!("{address}");
}
