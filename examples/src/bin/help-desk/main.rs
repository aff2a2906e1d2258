//! A help desk for several tenants, as a program.
//!
//! Customers see the tickets of their tenant, agents work on all of them, and administrators set prices. The rules are those
//! of the structs in `tickets` and `comments`. The callers are those of an identity provider, which signs their tokens. With
//! `RUST_LOG=info,gm::audit=debug` the log has each write and each refusal.

mod comments;
mod tickets;

use std::net::SocketAddr;

use clap::Parser;
use comments::Comment;
use gm_examples::service::{AFTER_HELP, serve, start_logging};
use gm_runtime::Gm;
use gm_runtime::server::{JwtIssuer, RateLimit};
use tickets::{Ticket, TicketTenant};

/// Serves tickets and their comments under /gm.
#[derive(Parser)]
#[command(after_help = AFTER_HELP, args_override_self = true)]
struct Options {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The database; its file and tables are created where they are missing
    #[arg(long, value_name = "URL", default_value = "sqlite://help-desk.db")]
    database: String,
    /// The identity provider: the claim `iss` of its tokens
    #[arg(long, value_name = "TEXT")]
    issuer: String,
    /// This service: a member of the claim `aud`
    #[arg(long, value_name = "TEXT", default_value = "help-desk")]
    audience: String,
    /// The keys of the identity provider
    #[arg(long, value_name = "URL")]
    jwks: String,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    start_logging();
    let provider = JwtIssuer::new(options.issuer, options.audience)
        .jwks_url(options.jwks)
        .groups_claim("groups")
        .admin_group("admins");
    let gm = Gm::builder()
        .database(options.database)
        .accept_jwt(provider)
        .rate_limit_per_principal(RateLimit::per_second(20).burst(100))
        .rate_limit_of_subscriptions(RateLimit::per_minute(60))
        .expose::<Ticket>()
        .expose::<TicketTenant>()
        .expose::<Comment>()
        .build()
        .await?;
    serve(gm, options.listen, "/gm/tickets").await
}
