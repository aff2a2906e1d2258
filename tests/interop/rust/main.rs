//! The Rust side of `scripts/interop`, which runs it against the Python package.
//!
//! - `interop consume owner URL`: asks the Python service there everything that a consumer can ask, and judges the
//!   answers. `interop consume gateway URL` and `interop consume python-gateway URL` do so with a service in between.
//! - `interop own DATABASE`: an owner with ids that are not numbers, and with every refusal that a healthy service has no
//!   occasion for.
//! - `interop rules DATABASE`: an owner whose rules depend on the row and on the field.
//! - `interop gateway URL`: exposes the projects of the service there as its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that meets what it did not expect should stop"
)]

mod consumer;
mod gateway;
mod owner;
mod rules;

use anyhow::bail;
use gm_runtime::GmBuilder;
use gm_runtime::server::shutdown_signal;
use gm_tests::conformance::Running;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::from_default_env())
        .init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["consume", "owner", url] => consumer::of_an_owner(url).await,
        ["consume", "gateway", url] => consumer::of_a_gateway(url).await,
        ["consume", "python-gateway", url] => consumer::of_a_python_gateway(url).await,
        ["own", database] => serve(owner::builder(database)).await,
        ["rules", database] => serve(rules::builder(database)).await,
        ["gateway", url] => serve(gateway::builder(url)).await,
        _ => bail!(
            "expected `consume owner|gateway|python-gateway URL`, `own DATABASE`, `rules DATABASE` or `gateway URL`, not {arguments:?}"
        ),
    }
}

/// Serves on a free port, whose address it prints, until SIGTERM.
async fn serve(builder: GmBuilder) -> anyhow::Result<()> {
    let service = Running::start(builder).await?;
    println!("http://{}", service.address);
    shutdown_signal().await;
    service.stop().await
}
