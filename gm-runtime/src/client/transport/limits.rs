//! The limits of the requests to one owner.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::TlsSource;
use crate::client::Timeouts;

/// The limits of all requests to one owner, and its TLS configuration.
pub(crate) struct Limits {
    pub(crate) timeouts: Timeouts,
    pub(crate) max_received_bytes: usize,
    /// One permit for each connection.
    pub(crate) connections: Arc<Semaphore>,
    pub(crate) tls: Arc<TlsSource>,
}
