//! A help desk for several tenants, as a program.
//!
//! Customers see the tickets of their tenant, agents work on all of them, and administrators set prices. The rules are those
//! of the structs in `tickets` and `comments`. The callers are those of a file of tokens, such as `tokens.json` beside this
//! file, or of an identity provider, which signs their tokens. With `RUST_LOG=info,gm::audit=debug` the log has each write and
//! each refusal.

mod comments;
mod tickets;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::bail;
use clap::Parser;
use comments::Comment;
use gm_examples::service::{AFTER_HELP, Command, serve, start_logging};
use gm_runtime::Gm;
use gm_runtime::server::{JwtIssuer, RateLimit, TrustedProxy};
use tickets::{Ticket, TicketTenant};

/// Serves tickets and their comments under /gm. Each caller may send 20 requests a second, and 100 at once.
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
        default_value = "sqlite://help-desk.db"
    )]
    database: String,
    /// The Postgres server itself, if the database's URL is that of a pooler such as pgbouncer
    #[arg(long, value_name = "URL")]
    database_listen: Option<String>,
    /// A file of callers and their tokens, which is read again when it changes
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// An identity provider: the claim `iss` of its tokens. Their claim `groups` may have `agents` and `admins`, and the
    /// claim `tenant` is a customer's number
    #[arg(long, value_name = "TEXT", requires = "jwks")]
    issuer: Option<String>,
    /// The keys of the identity provider
    #[arg(long, value_name = "URL", requires = "issuer")]
    jwks: Option<String>,
    /// This service: a member of the claim `aud`
    #[arg(long, value_name = "TEXT", default_value = "help-desk")]
    audience: String,
    /// The address of a proxy, whose `X-Forwarded-For` is believed; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    proxy: Vec<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    start_logging();
    let mut gm = Gm::builder()
        .database(options.database)
        .rate_limit_per_principal(RateLimit::per_second(20).burst(100))
        .rate_limit_of_subscriptions(RateLimit::per_minute(60))
        .expose::<Ticket>()
        .expose::<TicketTenant>()
        .expose::<Comment>();
    if let Some(command) = options.command {
        return command.run(&gm);
    }
    if options.tokens.is_none() && options.issuer.is_none() {
        bail!("no caller would be accepted: give `--tokens FILE`, or `--issuer TEXT --jwks URL`, or both");
    }
    if let Some(file) = options.tokens {
        gm = gm.token_file(file);
    }
    if let (Some(issuer), Some(jwks)) = (options.issuer, options.jwks) {
        let provider = JwtIssuer::new(issuer, options.audience)
            .jwks_url(jwks)
            .groups_claim("groups")
            .admin_group("admins");
        gm = gm.accept_jwt(provider);
    }
    if let Some(url) = options.database_listen {
        gm = gm.database_listen_url(url);
    }
    if !options.proxy.is_empty() {
        gm = gm.trusted_proxy(TrustedProxy::new(options.proxy));
    }
    serve(gm.build().await?, options.listen, "/gm/tickets").await
}
