//! A service that exposes another service's rows again: `gateway --listen 127.0.0.1:8081 --owner http://127.0.0.1:8080`.

use std::net::SocketAddr;

use actix_web::{App, HttpServer};
use anyhow::Context as _;
use gm_runtime::server::shutdown_signal;
use gm_runtime::{GeneralManager, Gm};
use tracing_subscriber::EnvFilter;

const USAGE: &str = "\
Serves the projects of a project-service under /public/gm/projects: everybody may read them, and callers who are known
may change them.

Usage: gateway [OPTIONS]

Options:
  --listen ADDRESS     where to listen; port 0 takes a free one [default: 127.0.0.1:8081]
  --owner URL          the project-service [default: http://127.0.0.1:8080]
  --owner-token SECRET  the bearer token that the project-service knows this one by
  --token NAME=SECRET  a caller and its bearer token; may be repeated
  --help               this text

Logs go to stderr, and RUST_LOG chooses them. SIGTERM and ctrl-c end the service after the requests under way.";

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

struct Options {
    listen: SocketAddr,
    owner: String,
    owner_token: Option<String>,
    tokens: Vec<(String, String)>,
}

impl Options {
    /// `None` when the help was asked for.
    fn parse() -> anyhow::Result<Option<Self>> {
        use lexopt::prelude::*;

        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            owner: OWNER.to_owned(),
            owner_token: None,
            tokens: Vec::new(),
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("listen") => options.listen = arguments.value()?.parse()?,
                Long("owner") => options.owner = arguments.value()?.string()?,
                Long("owner-token") => options.owner_token = Some(arguments.value()?.string()?),
                Long("token") => {
                    let token = arguments.value()?.string()?;
                    // The secret is not repeated: it would end up in logs.
                    let (name, secret) = token
                        .split_once('=')
                        .context("`--token` wants NAME=SECRET, and this one has no `=`")?;
                    options.tokens.push((name.to_owned(), secret.to_owned()));
                }
                Short('h') | Long("help") => return Ok(None),
                unknown => return Err(unknown.unexpected().into()),
            }
        }
        Ok(Some(options))
    }
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

    let mut gm = Gm::builder()
        .base_url(OWNER, options.owner)
        .expose::<PublicProject>();
    if let Some(token) = options.owner_token {
        gm = gm.bearer_token(token);
    }
    for (name, secret) in options.tokens {
        gm = gm.accept_bearer_token(secret, name);
    }
    let gm = gm.build().await?;

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
        println!("http://{address}/public/gm/projects");
    }
    gm.run_until(server.run(), shutdown_signal()).await?;
    Ok(())
}
