//! The main job in a minute: an owner of projects and a consumer with its cache, in one process, over real sockets.
//!
//! `cargo run` tells the story and ends; `cargo run -- --keep` leaves the owner serving.

mod owner;
mod story;

use gm_examples::{RemoteProject, RemoteProjectCreate};
use gm_runtime::{Error, Gm};

use owner::Owner;
use story::Story;

const USAGE: &str = "\
Starts an owner of projects and a consumer with its cache, and shows what they do.

Usage: quickstart [--keep]

Options:
  --keep   leaves the owner serving until ctrl-c
  --help   this text";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut keep = false;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("keep") => keep = true,
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                println!("{USAGE}");
                return Ok(());
            }
            unknown => return Err(unknown.unexpected().into()),
        }
    }

    let folder = tempfile::tempdir()?;
    let database = folder.path().join("projects.db");
    let owner = Owner::start(&database).await?;
    println!("owner     http://{}/internal/gm/projects", owner.address);
    println!("database  {}\n", database.display());

    tell(&owner).await?;

    if keep {
        println!("\nThe owner goes on serving until ctrl-c. Try:");
        println!(
            "curl --json '{{}}' http://{}/internal/gm/projects/query",
            owner.address
        );
        tokio::signal::ctrl_c().await?;
    }
    owner.stop().await;
    Ok(())
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
    let gm = consumer(owner).await?;
    let mut story = Story::new(owner.requests.clone());

    let [alpha, beta, gamma] = story
        .step("create three projects", 3, async {
            Ok([
                create(&gm, "Alpha").await?,
                create(&gm, "Beta").await?,
                create(&gm, "Gamma").await?,
            ])
        })
        .await?;
    story.gave(format_args!("ids {}, {} and {}", alpha.id, beta.id, gamma.id));

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
