//! The service of the recorded cases of the wire contract, with newly seeded rows.
//!
//! `conformance-service [--listen ADDRESS] [--database URL] [--keep]` prints its address, and ends on SIGTERM.

use std::io::Write;
use std::time::Duration;

use actix_web::{App, HttpServer};
use anyhow::Context;
use clap::Parser;
use gm_runtime::server::shutdown_signal;
use gm_tests::conformance;
use tokio_postgres::NoTls;

/// The service of the recorded cases of the wire contract, with newly seeded rows.
#[derive(Parser)]
#[command(args_override_self = true)]
struct Options {
    /// The address to listen on. Port 0 chooses a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: String,
    /// The database. The file of SQLite, or the tables of the managers in Postgres, are removed first. By default SQLite in a new
    /// temporary folder
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Serve the rows that the database has. Nothing is removed or seeded
    #[arg(long)]
    keep: bool,
    /// The most websockets of one caller
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    subscribers: usize,
}

/// Removes what an earlier run left, so that the ids start from 1.
async fn remove(database: &str) -> anyhow::Result<()> {
    let Some(path) = database.strip_prefix("sqlite://") else {
        let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
        let connection = tokio::spawn(connection);
        // With the answers that are stored under idempotency keys.
        let tables = format!("{}, gm_idempotency", conformance::tables().join(", "));
        client
            .batch_execute(&format!("DROP TABLE IF EXISTS {tables}"))
            .await?;
        drop(client);
        return Ok(connection.await??);
    };
    for suffix in ["", "-wal", "-shm"] {
        match std::fs::remove_file(format!("{path}{suffix}")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let folder = tempfile::tempdir()?;
    let database = match options.database {
        Some(url) => url,
        None => format!("sqlite://{}", folder.path().join("conformance.db").display()),
    };
    if !options.keep {
        remove(&database).await?;
    }
    let gm = conformance::builder()
        .database(&database)
        .max_subscribers_per_principal(options.subscribers)
        .serve_openapi("The recorded cases", "1.0.0")
        .build()
        .await?;
    if !options.keep {
        conformance::seed(&gm).await?;
    }
    let services = gm.services();
    let server = HttpServer::new(move || App::new().configure(services.clone()))
        .tcp_nodelay(true)
        .h1_allow_half_closed(false)
        .client_request_timeout(Duration::from_secs(5))
        .disable_signals()
        .listen(gm.listener(&options.listen)?)?;
    let address = *server.addrs().first().context("no address to listen on")?;
    let server = server.run();
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{address}")?;
    out.flush()?;
    gm.run_until(server, shutdown_signal()).await?;
    Ok(())
}
