//! A consumer of projects, as a program: `project-client list --filter status=active`.
//!
//! It reads and writes the projects of a `project-service`. `project-client --help` lists the commands, and
//! docs/guide/project-client.md explains them.

mod arguments;
mod failure;
mod output;
mod selection;
mod watch;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use gm_examples::{RemoteProject, RemoteProjectCreate};
use gm_runtime::{Gm, GmBuilder};

use crate::arguments::{Arguments, Command, Format, Service, Write};
use crate::failure::Failure;

/// The base URL in the struct. `--url` is the actual one.
const DECLARED: &str = "https://project-service.example.com";

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output closed it, as `head` does.
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            // Stderr may be closed.
            let _ = writeln!(std::io::stderr(), "project-client: {failure}");
            failure.code()
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let connect = || connect(&arguments.service);
    match arguments.command {
        Command::List { selection, format } => {
            let rows = selection.query().all(&connect().await?).await?;
            output::write(&output::rows(&rows, format.choice())?)?;
        }
        Command::Get { id, format } => show(&RemoteProject::get(&connect().await?, id).await?, &format)?,
        Command::Create { name, status, format } => {
            let project = RemoteProject::create(RemoteProjectCreate { name, status });
            show(&project.exec(&connect().await?).await?, &format)?;
        }
        Command::Update { id, write, format } => {
            let Write { name, status } = write;
            let mut update = RemoteProject::by_id(id).update();
            if let Some(name) = name {
                update = update.name(name);
            }
            if let Some(status) = status {
                update = update.status(status);
            }
            show(&update.exec(&connect().await?).await?, &format)?;
        }
        Command::Delete { id } => RemoteProject::by_id(id).delete(&connect().await?).await?,
        Command::Watch { selection, json } => {
            let gm = builder(&arguments.service).build().await?;
            watch::watch(&gm, &selection.query(), json).await?;
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "project-client", &mut script);
            output::write(&script)?;
        }
    }
    Ok(())
}

fn show(project: &RemoteProject, format: &Format) -> Result<(), Failure> {
    output::write(&output::row(project, format.choice())?)?;
    Ok(())
}

/// A handle for one request. It needs no websocket, since it ends before a cached answer could become stale.
async fn connect(service: &Service) -> Result<Gm, Failure> {
    Ok(builder(service).manual_invalidation().build().await?)
}

fn builder(service: &Service) -> GmBuilder {
    let gm = Gm::builder().base_url(DECLARED, &service.url);
    match &service.token {
        Some(token) => gm.bearer_token(token),
        None => gm,
    }
}
