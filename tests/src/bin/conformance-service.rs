//! The service of the recorded cases of the wire contract, with newly seeded rows.
//!
//! `conformance-service [--listen ADDRESS] [--database URL]` prints its address, and ends on SIGTERM.

use std::io::Write;
use std::time::Duration;

use actix_web::{App, HttpServer};
use anyhow::Context;
use clap::Parser;
use gm_runtime::server::shutdown_signal;
use gm_tests::conformance;

/// The service of the recorded cases of the wire contract, with newly seeded rows.
#[derive(Parser)]
#[command(args_override_self = true)]
struct Options {
    /// The address to listen on. Port 0 chooses a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: String,
    /// The database, whose file is removed first. By default in a new temporary folder
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// Removes the file of an earlier run, so that the ids start from 1.
fn remove(database: &str) -> anyhow::Result<()> {
    let Some(path) = database.strip_prefix("sqlite://") else {
        return Ok(());
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
    remove(&database)?;
    let gm = conformance::builder().database(&database).build().await?;
    conformance::seed(&gm).await?;
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
