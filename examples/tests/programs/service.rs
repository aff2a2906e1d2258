//! The processes of a test, such as a project-service on a free port.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

pub(crate) struct Service {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Service {
    /// A service on this database file.
    pub(crate) fn start(database: &Path) -> (Self, SocketAddr) {
        Self::start_with(database, &[])
    }

    pub(crate) fn start_with(database: &Path, options: &[&str]) -> (Self, SocketAddr) {
        let mut command = project_service();
        command
            .args(["--listen", "127.0.0.1:0", "--database"])
            .arg(format!("sqlite://{}", database.display()))
            .args(options);
        let mut service = Self::spawn(command);
        let url = service.line();
        (service, address_in(&url))
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, output }
    }

    /// The next line of its output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line in UTF-8");
        assert!(!line.is_empty(), "the program ended: {:?}", self.process.wait());
        line
    }

    /// The output on stderr, if the command pipes it.
    pub(crate) fn errors(&mut self) -> std::process::ChildStderr {
        self.process.stderr.take().expect("its errors are piped")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).expect("the program runs");
    }

    pub(crate) fn ended(mut self) -> ExitStatus {
        self.process.wait().expect("its exit status")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn project_service() -> Command {
    Command::new(env!("CARGO_BIN_EXE_project-service"))
}

pub(crate) fn project_client() -> Command {
    Command::new(env!("CARGO_BIN_EXE_project-client"))
}

pub(crate) fn own_storage() -> Command {
    Command::new(env!("CARGO_BIN_EXE_own-storage"))
}

pub(crate) fn gateway() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gateway"))
}

pub(crate) fn help_desk() -> Command {
    Command::new(env!("CARGO_BIN_EXE_help-desk"))
}

pub(crate) fn quickstart() -> Command {
    Command::new(env!("CARGO_BIN_EXE_quickstart"))
}

/// The address in `… http://127.0.0.1:1234/…`.
pub(crate) fn address_in(text: &str) -> SocketAddr {
    let (_, rest) = text.split_once("http://").expect("a URL");
    let (address, _) = rest.split_once('/').expect("a path");
    address.parse().expect("an address")
}
