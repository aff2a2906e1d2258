//! Three owners of the same rows in Postgres, behind a proxy, with two consumers. One owner is killed and one is stopped on the way.
//!
//! `cargo run --features postgres --bin replicas -- --database postgres://localhost/projects` tells each step. It needs a Unix system,
//! and adds projects to the database. `scripts/postgres` starts a server for it.

mod consumer;
mod owner;
mod proxy;

use anyhow::ensure;
use clap::{Parser, Subcommand};

use consumer::Consumer;
use owner::Owner;
use proxy::Proxy;

/// Runs three owners of the projects in a Postgres database, and tells what their consumers see while owners fail.
#[derive(Parser)]
struct Options {
    /// The database. Its table is created where it is missing
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    database: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the projects on a free port. The program starts itself with this command, once for each owner
    #[command(hide = true)]
    Owner,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let Options { database, command } = Options::parse();
    let Some(database) = database else {
        anyhow::bail!("a database is missing: `--database postgres://localhost/projects`");
    };
    match command {
        Some(Command::Owner) => owner::serve(&database).await,
        None => tell(&database).await,
    }
}

async fn tell(database: &str) -> anyhow::Result<()> {
    println!(
        "Three owners start. One of them creates the table if it is missing, and the others wait for it."
    );
    let mut owners: [Owner; 3] = Owner::start(database).await?;
    for (number, owner) in (1..).zip(&owners) {
        println!("  owner {number} serves at http://{}", owner.address());
    }

    println!(
        "\nA proxy gives each connection to the next owner that answers. The consumers know only its URL."
    );
    let proxy = Proxy::start(owners.iter().map(Owner::address).collect()).await?;
    let consumers = [
        Consumer::start("consumer 1", proxy.address()).await?,
        Consumer::start("consumer 2", proxy.address()).await?,
    ];
    proxy.print_connections();

    println!("\nA project that is created through one owner reaches the consumers of every owner.");
    create_and_see(&consumers, "Before any failure").await?;

    println!("\nOwner 1 is killed. Its consumers connect to another one.");
    owners[0].signal("KILL")?;
    proxy.until_health_is(0, false).await;
    create_and_see(&consumers, "After a kill").await?;
    proxy.print_connections();

    println!("\nOwner 2 is stopped. Its connections stay open and silent, until the proxy closes them.");
    owners[1].signal("STOP")?;
    proxy.until_health_is(1, false).await;
    create_and_see(&consumers, "Beside a stopped owner").await?;
    proxy.print_connections();

    println!("\nOwner 2 continues, and another process takes the place of owner 1.");
    owners[1].signal("CONT")?;
    [owners[0]] = Owner::start(database).await?;
    proxy.replace(0, owners[0].address());
    proxy.until_health_is(0, true).await;
    proxy.until_health_is(1, true).await;
    create_and_see(&consumers, "With all owners again").await?;

    println!("\nWhat the consumers have cached is what the database has.");
    let truth = consumers[0].read_from_owner().await?;
    for consumer in consumers {
        let cached = consumer.read_cached().await?;
        ensure!(
            cached == truth,
            "{} has other rows than the database",
            consumer.name()
        );
        println!("  {}: all {} projects", consumer.name(), cached.len());
        consumer.close().await;
    }
    Ok(())
}

/// Creates a project through one consumer, and waits until each of them has it in its live query.
async fn create_and_see(consumers: &[Consumer; 2], name: &str) -> anyhow::Result<()> {
    let id = consumers[0].create(name).await?;
    let (first, second) = tokio::try_join!(consumers[0].until_it_sees(id), consumers[1].until_it_sees(id))?;
    for (consumer, time) in consumers.iter().zip([first, second]) {
        println!("  {} sees `{name}` after {time:.1?}", consumer.name());
    }
    Ok(())
}
