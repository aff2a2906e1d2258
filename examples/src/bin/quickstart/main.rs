//! An owner of projects and a consumer with its cache, in one process, connected by real sockets.
//!
//! `cargo run` shows each step and ends. With `cargo run -- --keep` the owner goes on serving.

mod owner;
mod steps;

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Parser;
use gm_examples::{Project, RemoteProject, RemoteProjectCreate};
use gm_runtime::change::Change;
use gm_runtime::field::Value;
use gm_runtime::server::shutdown_signal;
use gm_runtime::{Error, Gm};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use owner::Owner;
use steps::Steps;

/// Starts an owner of projects and a consumer with its cache, and shows what they do.
#[derive(Parser)]
struct Options {
    /// Lets the owner serve until ctrl-c
    #[arg(long)]
    keep: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("projects.db");
    let owner = Owner::start(&database).await?;
    println!("owner     http://{}/internal/gm/projects", owner.address);
    println!("database  {}\n", database.display());

    show_steps(&owner).await?;

    if options.keep {
        // The signal is installed before the message about ctrl-c.
        tokio::select! {
            biased;
            () = shutdown_signal() => {}
            () = invite(owner.address) => {}
        }
    }
    owner.stop().await;
    Ok(())
}

/// Prints how to send requests to the owner. Never ends.
async fn invite(address: SocketAddr) {
    println!("\nThe owner goes on serving until ctrl-c. Try:");
    println!("curl --json '{{}}' http://{address}/internal/gm/projects/query");
    std::future::pending().await
}

/// The handle of a consumer. The owner is at its actual address, not at the declared one.
async fn consumer(owner: &Owner) -> Result<Gm, Error> {
    Gm::builder()
        .base_url(
            "https://project-service.example.com",
            format!("http://{}", owner.address),
        )
        .build()
        .await
}

async fn show_steps(owner: &Owner) -> anyhow::Result<()> {
    let mut steps = Steps::new(owner.requests.clone());
    let gm = consumer(owner).await?;

    let (sender, mut changes) = mpsc::unbounded_channel();
    let _listening = steps
        .step("the consumer opens the websocket of changes", 1, async {
            // The first use of the manager opens the websocket. When it becomes live, a refresh arrives.
            let listening = gm.on_change::<RemoteProject>(move |change| {
                // The receiver is dropped at the end.
                let _ = sender.send(change.clone());
            })?;
            while !gm.cache_stats::<RemoteProject>()?.is_some_and(|cache| cache.live) {
                changes.recv().await.context("the subscription has ended")?;
            }
            Ok(listening)
        })
        .await?;
    steps.print_result(RemoteProject::websocket_invalidation_url(&gm)?);

    let [alpha, beta, gamma] = steps
        // The first write finds out by a small query whether the owner supports idempotency keys, and reads its schema.
        .step("create three projects", 5, async {
            Ok([
                create(&gm, "Alpha").await?,
                create(&gm, "Beta").await?,
                create(&gm, "Gamma").await?,
            ])
        })
        .await?;
    steps.print_result(format_args!("{alpha:?}"));
    let events = steps
        .step("the events arrive on the websocket", 0, receive(&mut changes, 3))
        .await?;
    steps.print_result(events);

    let active = RemoteProject::filter(|p| p.status.eq("active")).order_by(|p| p.name.asc());
    let rows = steps
        .step("filter the active ones", 1, async { Ok(active.all(&gm).await?) })
        .await?;
    steps.print_result(names(&rows));
    let rows = steps
        .step("the same read again, from the cache", 0, async {
            Ok(active.all(&gm).await?)
        })
        .await?;
    steps.print_result(names(&rows));

    let paused = steps
        .step("another client, here the owner itself, pauses Alpha", 0, async {
            Ok(Project::by_id(alpha.id)
                .update()
                .status("paused")
                .exec(&owner.gm)
                .await?)
        })
        .await?;
    steps.print_result(format_args!("{paused:?}"));
    let event = steps
        .step(
            "the event arrives and invalidates the cache",
            0,
            receive(&mut changes, 1),
        )
        .await?;
    steps.print_result(event);
    let rows = steps
        .step("the same read again, from the owner", 1, async {
            Ok(active.all(&gm).await?)
        })
        .await?;
    steps.print_result(names(&rows));

    let renamed = steps
        .step("update Beta", 1, async {
            Ok(beta.update().name("Beta II").exec(&gm).await?)
        })
        .await?;
    steps.print_result(format_args!("{renamed:?}"));
    steps
        .step("delete Gamma", 1, async { Ok(gamma.delete(&gm).await?) })
        .await?;
    let gone = steps
        .step("read Gamma: a 404 as a typed error", 1, async {
            match RemoteProject::get(&gm, gamma.id).await {
                Err(error) if error.is_not_found() => Ok(error),
                Err(error) => Err(error.into()),
                Ok(project) => anyhow::bail!("{project:?} was deleted, and is still there"),
            }
        })
        .await?;
    let response = gone
        .remote()
        .context("the 404 should be a response of the owner")?;
    steps.print_result(format_args!(
        "status {}, error_code {}, request id {}",
        response.status(),
        response.error_code().unwrap_or("none"),
        response.request_id().unwrap_or("none"),
    ));
    gm.close().await;
    Ok(())
}

async fn create(gm: &Gm, name: &str) -> Result<RemoteProject, Error> {
    RemoteProject::create(RemoteProjectCreate {
        name: name.into(),
        status: "active".into(),
    })
    .exec(gm)
    .await
}

/// Waits for the changes of this many rows, and returns their descriptions.
async fn receive(changes: &mut UnboundedReceiver<Change>, rows: usize) -> anyhow::Result<String> {
    let mut received = Vec::new();
    while received.len() < rows {
        let change = changes.recv().await.context("the subscription has ended")?;
        if let Some(Value::Integer(id)) = change.id() {
            received.push(format!("{} of {id}", change.action().name()));
        }
    }
    Ok(received.join(", "))
}

fn names(projects: &[RemoteProject]) -> String {
    let names: Vec<_> = projects.iter().map(|project| project.name.as_str()).collect();
    names.join(", ")
}
