//! A service that exposes another service's rows again: `gateway --listen 127.0.0.1:8081 --owner http://127.0.0.1:8080`.

use std::ffi::OsString;
use std::net::SocketAddr;

use clap::Parser;
use gm_examples::service::{AFTER_HELP, accept_callers, serve, start_logging};
use gm_runtime::{GeneralManager, Gm};

const OWNER: &str = "http://127.0.0.1:8080";

/// A project as others see it. It is read from the project-service, and cached here while its events arrive.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://127.0.0.1:8080",
    base_path = "/internal/gm",
    resource = "projects",
    operations(filter, detail, update),
    websocket_invalidation
)]
#[permission(read = public, update = authenticated)]
#[remote_api(
    base_path = "/public/gm",
    resource = "projects",
    allow_filter,
    allow_detail,
    allow_update,
    websocket_invalidation
)]
struct PublicProject {
    #[field(id)]
    id: i64,
    name: String,
    status: String,
}

/// Serves the projects of a project-service under /public/gm/projects. Everybody may read them, and callers with a token
/// may change them.
#[derive(Parser)]
#[command(after_help = AFTER_HELP, args_override_self = true)]
struct Options {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// The URL of the project-service
    #[arg(long, value_name = "URL", default_value = OWNER)]
    owner: String,
    /// The bearer token that this service sends to the project-service
    #[arg(long, value_name = "SECRET")]
    owner_token: Option<String>,
    /// A caller and its bearer token; may be repeated
    #[arg(long, value_name = "NAME=SECRET")]
    token: Vec<OsString>,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    start_logging();
    let mut gm = Gm::builder()
        .base_url(OWNER, options.owner)
        .expose::<PublicProject>();
    if let Some(token) = options.owner_token {
        gm = gm.bearer_token(token);
    }
    let gm = accept_callers(gm, options.token)?.build().await?;
    serve(gm, options.listen, "/public/gm/projects").await
}
