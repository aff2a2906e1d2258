//! What the example services share: their logs, their callers, their SQL and their HTTP server.

use std::ffi::OsString;
use std::io::{IsTerminal as _, stderr};
use std::net::SocketAddr;

use actix_web::{App, HttpServer};
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use gm_runtime::interface::SqlDialect;
use gm_runtime::server::shutdown_signal;
use gm_runtime::{Gm, GmBuilder};
use tracing_subscriber::EnvFilter;

/// The end of each service's `--help`.
pub const AFTER_HELP: &str = "Logs go to stderr, and RUST_LOG chooses them. SIGTERM and ctrl-c stop the service \
                              after the requests in flight.";

/// What a service does instead of serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prints the SQL that migrates the database to the structs, and runs none of it. Prints nothing where they agree
    Schema {
        /// Print the SQL that creates the tables in this database instead: sqlite, postgres or mysql
        #[arg(long)]
        dialect: Option<SqlDialect>,
        /// Print the SQL of the Postgres triggers that announce the writes of other programs instead
        #[arg(long, conflicts_with = "dialect")]
        triggers: bool,
    },
}

impl Command {
    /// Executes the command for the managers of this builder.
    ///
    /// # Errors
    /// A database that can't be read, and a struct that the dialect does not support.
    pub fn run(&self, gm: &GmBuilder) -> anyhow::Result<()> {
        let Self::Schema { dialect, triggers } = self;
        let sql = match dialect {
            Some(dialect) => gm.schema(*dialect)?,
            None if *triggers => gm.schema_triggers()?,
            None => gm.schema_changes()?,
        };
        print!("{sql}");
        Ok(())
    }
}

/// Writes logs to stderr, at the level of `RUST_LOG`, or else `info`. A file gets no colours.
pub fn start_logging() {
    tracing_subscriber::fmt()
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .init();
}

/// Accepts the callers of these `--token NAME=SECRET` options.
///
/// # Errors
/// An option without a name, a secret or the `=`. The message does not contain the secret, since it may be logged.
pub fn accept_callers(mut gm: GmBuilder, tokens: Vec<OsString>) -> anyhow::Result<GmBuilder> {
    for token in tokens {
        let wrong = |why: &str| anyhow!("`--token` expects NAME=SECRET, and this one {why}");
        let token = token.into_string().map_err(|_| wrong("is not UTF-8"))?;
        gm = match token.split_once('=') {
            None => return Err(wrong("has no `=`")),
            Some(("", _)) => return Err(wrong("has no name before the `=`")),
            Some((_, "")) => return Err(wrong("has no secret after the `=`")),
            Some((name, secret)) => gm.accept_bearer_token(secret, name),
        };
    }
    Ok(gm)
}

/// Serves the exposed managers at this address until a signal stops the process, and prints the URL of one resource.
///
/// # Errors
/// An address that is not free, and errors of the HTTP server.
pub async fn serve(gm: Gm, listen: SocketAddr, resource: &str) -> anyhow::Result<()> {
    let listener = gm
        .listener(listen)
        .with_context(|| format!("can't listen on {listen}"))?;
    let services = gm.services();
    let server = HttpServer::new(move || App::new().configure(services.clone()))
        .tcp_nodelay(true)
        .h1_allow_half_closed(false)
        .disable_signals()
        .listen(listener)?;
    for address in server.addrs() {
        println!("http://{address}{resource}");
    }
    gm.run_until(server.run(), shutdown_signal()).await?;
    Ok(())
}
