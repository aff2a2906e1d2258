//! An owner: a process of its own, so that it can be killed and stopped.

use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use gm_examples::Project;
use gm_examples::service::start_logging;
use gm_runtime::Gm;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const PATH: &str = "/internal/gm/projects";

/// Serves the projects of this database on a free port, and prints their URL.
pub(crate) async fn serve(database: &str) -> anyhow::Result<()> {
    start_logging();
    let gm = Gm::builder().database(database).expose::<Project>();
    gm_examples::service::serve(gm.build().await?, SocketAddr::from(([127, 0, 0, 1], 0)), PATH).await
}

/// A process that serves. It ends with this value.
pub(crate) struct Owner {
    process: Child,
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
            processes.push(command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?);
        }
        let mut owners = Vec::new();
        for mut process in processes {
            let output = process.stdout.take().context("its output is piped")?;
            let url = BufReader::new(output).lines().next_line().await?;
            let url = url.context("an owner has ended, for the reason in its log")?;
            let address = url.strip_prefix("http://").and_then(|url| url.strip_suffix(PATH));
            let address = address.context("it prints a URL")?.parse()?;
            owners.push(Self { process, address });
        }
        owners.try_into().ok().context("an owner for each process")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends the process a signal of this name.
    pub(crate) async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.process.id().context("it runs")?;
        let mut kill = Command::new("kill");
        let status = kill.args(["-s", name, &id.to_string()]).status().await?;
        ensure!(status.success(), "`kill -s {name}` has failed");
        Ok(())
    }
}
