//! An owner whose rows are in storage of its own: `own-storage --listen 127.0.0.1:8080 --file settings.json`.

mod json_file;

use std::net::SocketAddr;
use std::path::PathBuf;

use actix_web::{App, HttpServer};
use anyhow::Context as _;
use gm_runtime::server::shutdown_signal;
use gm_runtime::{GeneralManager, Gm};
use json_file::JsonFile;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

const USAGE: &str = "\
Serves settings under /internal/gm/settings, and keeps them in a JSON file.

Usage: own-storage [OPTIONS]

Options:
  --listen ADDRESS  where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
  --file PATH       the file, which is made when absent [default: settings.json]
  --help            this text

SIGHUP reads the file again after it was edited. Logs go to stderr, and RUST_LOG chooses them. SIGTERM and ctrl-c end the
service after the requests under way.";

/// A setting. Names that are given are ids.
#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = JsonFile)]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "settings",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
struct Setting {
    #[field(id)]
    name: String,
    #[field(blank)]
    value: String,
}

struct Options {
    listen: SocketAddr,
    file: PathBuf,
}

impl Options {
    /// `None` when the help was asked for.
    fn parse() -> anyhow::Result<Option<Self>> {
        use lexopt::prelude::*;

        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            file: "settings.json".into(),
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("listen") => options.listen = arguments.value()?.parse()?,
                Long("file") => options.file = arguments.value()?.into(),
                Short('h') | Long("help") => return Ok(None),
                unknown => return Err(unknown.unexpected().into()),
            }
        }
        Ok(Some(options))
    }
}

/// Tells everybody that anything may have changed whenever the file was edited.
async fn reload_when_told(gm: Gm, file: JsonFile) -> anyhow::Result<()> {
    let mut told = signal(SignalKind::hangup())?;
    while told.recv().await.is_some() {
        match file.reload().await {
            Ok(()) => gm.refresh::<Setting>()?,
            Err(error) => tracing::error!("the settings stay as they are: {error}"),
        }
    }
    Ok(())
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let Some(options) = Options::parse()? else {
        println!("{USAGE}");
        return Ok(());
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .init();

    let file = JsonFile::open(options.file)?;
    let gm = Gm::builder()
        .expose::<Setting>()
        .interface::<Setting>(file.clone())
        .build()
        .await?;
    actix_web::rt::spawn(reload_when_told(gm.clone(), file));

    let listener = gm
        .listener(options.listen)
        .with_context(|| format!("can't listen on {}", options.listen))?;
    let services = gm.services();
    let server = HttpServer::new(move || App::new().configure(services.clone()))
        .tcp_nodelay(true)
        .h1_allow_half_closed(false)
        .disable_signals()
        .listen(listener)?;
    for address in server.addrs() {
        println!("http://{address}/internal/gm/settings");
    }
    gm.run_until(server.run(), shutdown_signal()).await?;
    Ok(())
}
