//! Metrics, through the facade of the crate [`metrics`](https://docs.rs/metrics): an exporter of the application's choice
//! receives them.
//!
//! Install the exporter's recorder before [`build`](crate::GmBuilder::build), since the handle registers its metrics there, once.
//! Call [`Gm::collect_metrics`](crate::Gm::collect_metrics) before each scrape.
//!
//! The guide's page "Operating a service" lists the metrics. Their names, units and buckets for HTTP and databases are those of
//! OpenTelemetry's semantic conventions, and the framework's own begin with `gm.`. The values of labels are the templates of
//! routes, names of resources, tables and managers, addresses of owners, methods, statuses and fixed words: never an id, a caller or
//! a query.

mod cache;
mod collected;
mod database;
mod http_client;
mod http_server;
mod hub;
mod names;
mod server_address;
mod statuses;
#[cfg(test)]
mod tests;
mod timer;

pub(crate) use cache::{CacheMetrics, CacheSample};
pub(crate) use collected::HandleMetrics;
pub(crate) use database::{CommitMetrics, TableMetrics};
pub(crate) use http_client::{RequestMetrics, SentRequest};
pub(crate) use http_server::{RouteMetrics, TimedRequest};
pub(crate) use hub::HubMetrics;
pub use names::HISTOGRAM_BUCKETS;
