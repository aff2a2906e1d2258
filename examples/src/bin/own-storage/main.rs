//! An owner with storage of its own: `own-storage --listen 127.0.0.1:8080 --file settings.json`.

mod json_file;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use gm_examples::service::{AFTER_HELP, serve, start_logging};
use gm_runtime::{GeneralManager, Gm};
use json_file::JsonFile;
use tokio::signal::unix::{SignalKind, signal};

/// A setting. Its name, which the creator gives, is its id.
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

/// Serves settings under /internal/gm/settings, and stores them in a JSON file. SIGHUP reads the file again after an edit.
#[derive(Parser)]
#[command(after_help = AFTER_HELP, args_override_self = true)]
struct Options {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The file, which is created where it is missing
    #[arg(long, value_name = "PATH", default_value = "settings.json")]
    file: PathBuf,
}

/// Reads the file again on each SIGHUP, and notifies every subscriber that anything may have changed.
async fn reload_on_hangup(gm: Gm, file: JsonFile) -> anyhow::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    while hangups.recv().await.is_some() {
        match file.reload().await {
            Ok(()) => gm.refresh::<Setting>()?,
            Err(error) => tracing::error!("the settings were not reloaded: {error}"),
        }
    }
    Ok(())
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    start_logging();
    let file = JsonFile::open(options.file)?;
    let gm = Gm::builder()
        .expose::<Setting>()
        .interface::<Setting>(file.clone())
        .build()
        .await?;
    actix_web::rt::spawn(reload_on_hangup(gm.clone(), file));
    serve(gm, options.listen, "/internal/gm/settings").await
}
