//! A server in a process of its own, so that its CPU time and memory can be measured separately.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

#[allow(
    dead_code,
    reason = "a module of several benchmarks, of which each uses a part"
)]
pub(crate) struct Process {
    process: Child,
    input: ChildStdin,
    address: SocketAddr,
}

#[allow(
    dead_code,
    reason = "a module of several benchmarks, of which each uses a part"
)]
impl Process {
    /// Starts this program again with these arguments. It prints its address.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_program(std::env::current_exe().expect("this program"), arguments)
    }

    /// Starts another program, which prints its address.
    pub(crate) fn start_program(program: impl AsRef<OsStr>, arguments: &[&str]) -> Self {
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the process starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output"))
            .read_line(&mut line)
            .expect("its address");
        Self {
            input: process.stdin.take().expect("its input"),
            process,
            address: line.trim().parse().expect("an address"),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a line to its stdin.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("it reads");
    }

    /// A file of the process in `/proc`.
    pub(crate) fn proc(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.process.id());
        std::fs::read_to_string(path).expect("Linux's /proc")
    }

    /// The user and system time of all its threads.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of_stat(&self.proc("stat"))
    }

    /// The `schedstat` of each of its threads.
    pub(crate) fn threads(&self) -> impl Iterator<Item = String> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).expect("Linux's /proc");
        // A thread may end meanwhile.
        threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The user and system time in a `stat` of `/proc`, which proc_pid_stat(5) counts in hundredths of a second.
#[allow(
    dead_code,
    reason = "a module of several benchmarks, of which each uses a part"
)]
pub(crate) fn cpu_of_stat(stat: &str) -> Duration {
    let fields = fields_of_stat(stat);
    let ticks: u64 = fields[11].parse::<u64>().expect("utime") + fields[12].parse::<u64>().expect("stime");
    Duration::from_millis(ticks * 10)
}

/// The fields of a `stat` from the third one on. The second one, a name in parentheses, may contain spaces.
#[allow(
    dead_code,
    reason = "a module of several benchmarks, of which each uses a part"
)]
pub(crate) fn fields_of_stat(stat: &str) -> Vec<&str> {
    let fields = stat.rsplit(')').next().expect("fields");
    fields.split_whitespace().collect()
}

/// Prints the address of this process, for the benchmark.
pub(crate) fn announce(address: SocketAddr) {
    println!("{address}");
}
