//! The main job in a minute: an owner of projects and a consumer with its cache, in one process, over real sockets.
//!
//! `cargo run` tells the story and ends; `cargo run -- --keep` leaves the owner serving.

mod owner;
mod story;

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
use story::Story;

/// Starts an owner of projects and a consumer with its cache, and shows what they do.
#[derive(Parser)]
struct Options {
    /// Leave the owner serving until ctrl-c
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

    tell(&owner).await?;

    if options.keep {
        // The signal first: whoever reads that the owner serves until ctrl-c may press it at once.
        tokio::select! {
            biased;
            () = shutdown_signal() => {}
            () = invite(owner.address) => {}
        }
    }
    owner.stop().await;
    Ok(())
}

/// Says how to try the owner; never ends.
async fn invite(address: SocketAddr) {
    println!("\nThe owner goes on serving until ctrl-c. Try:");
    println!("curl --json '{{}}' http://{address}/internal/gm/projects/query");
    std::future::pending().await
}

/// A handle of another service, which finds the owner here and not at its declared address.
async fn consumer(owner: &Owner) -> Result<Gm, Error> {
    Gm::builder()
        .base_url(
            "https://project-service.example.com",
            format!("http://{}", owner.address),
        )
        .build()
        .await
}

async fn tell(owner: &Owner) -> anyhow::Result<()> {
    let mut story = Story::new(owner.requests.clone());
    let gm = consumer(owner).await?;

    let (told, mut changes) = mpsc::unbounded_channel();
    let _listening = story
        .step("the consumer opens the websocket of changes", 1, async {
            // The socket is opened when the manager is first used. Becoming live is a change too: until then
            // anything may have happened.
            let listening = gm.on_change::<RemoteProject>(move |change| {
                // Nobody listens any more once the story is told.
                let _ = told.send(change.clone());
            })?;
            while !gm.cache_stats::<RemoteProject>()?.is_some_and(|cache| cache.live) {
                changes.recv().await.context("the subscription has ended")?;
            }
            Ok(listening)
        })
        .await?;
    story.gave(RemoteProject::websocket_invalidation_url(&gm)?);

    let [alpha, beta, gamma] = story
        .step("create three projects", 3, async {
            Ok([
                create(&gm, "Alpha").await?,
                create(&gm, "Beta").await?,
                create(&gm, "Gamma").await?,
            ])
        })
        .await?;
    story.gave(format_args!("{alpha:?}"));
    let events = story
        .step("the websocket says so", 0, hear(&mut changes, 3))
        .await?;
    story.gave(events);

    let active = RemoteProject::filter(|p| p.status.eq("active")).order_by(|p| p.name.asc());
    let rows = story
        .step("filter the active ones", 1, async { Ok(active.all(&gm).await?) })
        .await?;
    story.gave(names(&rows));
    let rows = story
        .step("the same read again: the cache answers", 0, async {
            Ok(active.all(&gm).await?)
        })
        .await?;
    story.gave(names(&rows));

    let paused = story
        .step("someone else, here the owner itself, pauses Alpha", 0, async {
            Ok(Project::by_id(alpha.id)
                .update()
                .status("paused")
                .exec(&owner.gm)
                .await?)
        })
        .await?;
    story.gave(format_args!("{paused:?}"));
    let event = story
        .step(
            "the event arrives, and the cache drops what it kept",
            0,
            hear(&mut changes, 1),
        )
        .await?;
    story.gave(event);
    let rows = story
        .step("the same read once more: a fresh one", 1, async {
            Ok(active.all(&gm).await?)
        })
        .await?;
    story.gave(names(&rows));

    let renamed = story
        .step("update Beta", 1, async {
            Ok(beta.update().name("Beta II").exec(&gm).await?)
        })
        .await?;
    story.gave(format_args!("{renamed:?}"));
    story
        .step("delete Gamma", 1, async { Ok(gamma.delete(&gm).await?) })
        .await?;
    let gone = story
        .step("read Gamma: a 404, as a typed error", 1, async {
            match RemoteProject::get(&gm, gamma.id).await {
                Err(error) if error.is_not_found() => Ok(error),
                Err(error) => Err(error.into()),
                Ok(project) => anyhow::bail!("{project:?} was deleted, and is still there"),
            }
        })
        .await?;
    let answer = gone.remote().context("a 404 is the owner's answer")?;
    story.gave(format_args!(
        "status {}, error_code {}, request id {}",
        answer.status(),
        answer.error_code().unwrap_or("none"),
        answer.request_id().unwrap_or("none"),
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

/// Waits for changes of this many rows, and says what they were.
async fn hear(changes: &mut UnboundedReceiver<Change>, rows: usize) -> anyhow::Result<String> {
    let mut heard = Vec::new();
    while heard.len() < rows {
        let change = changes.recv().await.context("the subscription has ended")?;
        if let Some(Value::Integer(id)) = change.id() {
            heard.push(format!("{} of {id}", change.action().name()));
        }
    }
    Ok(heard.join(", "))
}

fn names(projects: &[RemoteProject]) -> String {
    let names: Vec<_> = projects.iter().map(|project| project.name.as_str()).collect();
    names.join(", ")
}
