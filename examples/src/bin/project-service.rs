//! An owner of projects, as a program: `project-service --listen 127.0.0.1:8080 --database sqlite://projects.db`.

use std::ffi::OsString;
use std::net::SocketAddr;

use actix_web::{App, HttpServer};
use anyhow::{Context as _, anyhow};
use gm_examples::Project;
use gm_runtime::Gm;
use gm_runtime::interface::SqlDialect;
use gm_runtime::server::shutdown_signal;
use tracing_subscriber::EnvFilter;

const USAGE: &str = "\
Serves projects under /internal/gm/projects.

Usage: project-service [OPTIONS]
       project-service schema [--dialect DIALECT | --database URL]

Options:
  --listen ADDRESS      where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
  --database URL        the database; its file and tables are made when absent [default: sqlite://projects.db]
  --token NAME=SECRET   a caller and its bearer token; may be repeated
  --help                this text

`schema` prints SQL for migrations, and runs none of it:
  --dialect DIALECT     what makes the tables, in sqlite, postgres or mysql
  --database URL        what brings this database in line; nothing where it is [default: sqlite://projects.db]

Logs go to stderr, and RUST_LOG chooses them. SIGTERM and ctrl-c end the service after the requests under way.";

struct Options {
    listen: SocketAddr,
    database: String,
    tokens: Vec<(String, String)>,
    schema: bool,
    dialect: Option<SqlDialect>,
}

impl Options {
    /// `None` when the help was asked for.
    fn parse() -> anyhow::Result<Option<Self>> {
        use lexopt::prelude::*;

        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: "sqlite://projects.db".to_owned(),
            tokens: Vec::new(),
            schema: false,
            dialect: None,
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("listen") => options.listen = arguments.value()?.parse()?,
                Long("database") => options.database = arguments.value()?.string()?,
                Long("token") => options.tokens.push(caller(arguments.value()?)?),
                Value(command) if command == "schema" => options.schema = true,
                Long("dialect") if options.schema => options.dialect = Some(arguments.value()?.parse()?),
                Short('h') | Long("help") => return Ok(None),
                unknown => return Err(unknown.unexpected().into()),
            }
        }
        Ok(Some(options))
    }
}

/// A caller's name and secret. The secret is not repeated where they are refused: it would end up in logs.
fn caller(option: OsString) -> anyhow::Result<(String, String)> {
    let wrong = |why: &str| anyhow!("`--token` wants NAME=SECRET, and this one {why}");
    let option = option.into_string().map_err(|_| wrong("is not UTF-8"))?;
    match option.split_once('=') {
        None => Err(wrong("has no `=`")),
        Some(("", _)) => Err(wrong("has no name before the `=`")),
        Some((_, "")) => Err(wrong("has no secret behind the `=`")),
        Some((name, secret)) => Ok((name.to_owned(), secret.to_owned())),
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

    let mut gm = Gm::builder().database(&options.database).expose::<Project>();
    if options.schema {
        let sql = match options.dialect {
            Some(dialect) => gm.schema(dialect)?,
            None => gm.schema_changes()?,
        };
        print!("{sql}");
        return Ok(());
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
        println!("http://{address}/internal/gm/projects");
    }
    gm.run_until(server.run(), shutdown_signal()).await?;
    Ok(())
}
