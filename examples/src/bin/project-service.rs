//! An owner of projects, as a program: `project-service --listen 127.0.0.1:8080 --database sqlite://projects.db`.

use std::ffi::OsString;
use std::net::SocketAddr;

use clap::Parser;
use gm_examples::Project;
use gm_examples::service::{AFTER_HELP, Command, accept_callers, serve, start_logging};
use gm_runtime::Gm;

/// Serves projects under /internal/gm/projects.
#[derive(Parser)]
#[command(after_help = AFTER_HELP, args_override_self = true)]
struct Options {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The database; its file and tables are created where they are missing
    #[arg(
        long,
        global = true,
        value_name = "URL",
        default_value = "sqlite://projects.db"
    )]
    database: String,
    /// A caller and its bearer token; may be repeated
    #[arg(long, value_name = "NAME=SECRET")]
    token: Vec<OsString>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    start_logging();
    let gm = Gm::builder().database(&options.database).expose::<Project>();
    if let Some(command) = options.command {
        return command.run(&gm);
    }
    let gm = accept_callers(gm, options.token)?.build().await?;
    serve(gm, options.listen, "/internal/gm/projects").await
}
