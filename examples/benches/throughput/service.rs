//! The services. Each is a process of its own, so that its CPU time does not include that of the load generator.

use std::path::{Path, PathBuf};

use crate::generated;
use crate::process::Process;
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

impl Programs {
    /// Starts a service with a filled database.
    pub(crate) fn start(&self, which: &str, database: &Path, synchronous: Synchronous) -> Process {
        let database = database.to_str().expect("a path in UTF-8");
        let arguments = ["--serve", which, database, synchronous.name()];
        match (which, &self.seaorm) {
            ("seaorm", Some(program)) => Process::start_program(program, &arguments),
            _ => Process::start(&arguments),
        }
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
        "generated" | "keyed" | "keyed-random" => generated::serve(database, synchronous),
        "public" => row_rule::serve(database, Reader::Every),
        "row-rule" => row_rule::serve(database, Reader::Owner),
        "by-hand" | "by-hand-keyed" => twin::serve(database, Reading::Threads, Writing::Shared, synchronous),
        "by-hand-blocking" => twin::serve(database, Reading::Blocking, Writing::Shared, synchronous),
        "by-hand-each" => twin::serve(database, Reading::Threads, Writing::Each, synchronous),
        other => panic!("there is no service `{other}`"),
    }
}
