//! An owner: a process of its own, so that it can be killed and stopped.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};
use gm_examples::Project;
use gm_examples::service::start_logging;
use gm_runtime::Gm;
use tokio::task::spawn_blocking;

const PATH: &str = "/internal/gm/projects";

/// Serves the projects of this database on a free port, and prints their URL.
pub(crate) async fn serve(database: &str) -> anyhow::Result<()> {
    start_logging();
    let gm = Gm::builder().database(database).expose::<Project>();
    gm_examples::service::serve(gm.build().await?, SocketAddr::from(([127, 0, 0, 1], 0)), PATH).await
}

/// A process that serves. It ends with this value.
pub(crate) struct Owner {
    process: Process,
    address: SocketAddr,
}

impl Owner {
    /// Starts processes at the same time, and waits until they serve.
    pub(crate) async fn start<const NUMBER: usize>(database: &str) -> anyhow::Result<[Self; NUMBER]> {
        let mut processes = Vec::new();
        for _ in 0..NUMBER {
            // By the environment, since every user of a machine may read the arguments of its processes.
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("owner").env("DATABASE_URL", database);
            processes.push(Process(command.stdout(Stdio::piped()).spawn()?));
        }
        let mut owners = Vec::new();
        for process in processes {
            owners.push(spawn_blocking(|| Self::started(process)).await??);
        }
        owners.try_into().ok().context("an owner for each process")
    }

    /// Waits until the process has printed its URL.
    fn started(mut process: Process) -> anyhow::Result<Self> {
        let output = process.0.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(!line.is_empty(), "an owner has ended, for the reason in its log");
        let address = line.trim().strip_prefix("http://");
        let address = address
            .and_then(|url| url.strip_suffix(PATH))
            .context("it prints a URL")?;
        Ok(Self {
            address: address.parse()?,
            process,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends the process a signal of this name.
    pub(crate) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.process.0.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status()?;
        ensure!(status.success(), "`kill -s {name}` has failed");
        Ok(())
    }
}

/// A process that ends with this value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
