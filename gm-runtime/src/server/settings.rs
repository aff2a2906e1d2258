//! The server's settings.

use std::time::Duration;

use super::authentication::AuthenticationSettings;
use super::rate_limit::RateLimitSettings;
use crate::features::openapi::About;

/// The limits on requests and subscribers, the authenticators, and the rate limits.
pub(crate) struct ServerSettings {
    pub(crate) body_bytes: usize,
    pub(crate) body_time: Duration,
    pub(crate) json_depth: usize,
    pub(crate) lookups: usize,
    pub(crate) list_members: usize,
    pub(crate) url_bytes: usize,
    pub(crate) batch_operations: usize,
    pub(crate) response_bytes: usize,
    pub(crate) send_time: Duration,
    pub(crate) subscribers: usize,
    pub(crate) subscribers_per_principal: usize,
    pub(crate) subscriber_queue: usize,
    pub(crate) ping_interval: Duration,
    pub(crate) write_drain_time: Duration,
    pub(crate) serves_schema: bool,
    /// What the OpenAPI document says of the service. `None` if it is not served.
    pub(crate) openapi: Option<About>,
    pub(crate) serves_docs: bool,
    pub(crate) authentication: AuthenticationSettings,
    pub(crate) rate_limits: RateLimitSettings,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            body_bytes: 2 * 1024 * 1024,
            body_time: Duration::from_secs(10),
            json_depth: 64,
            lookups: 64,
            list_members: 1000,
            url_bytes: 8 * 1024,
            batch_operations: 1000,
            response_bytes: 16 * 1024 * 1024,
            send_time: Duration::from_secs(30),
            subscribers: 10_000,
            subscribers_per_principal: 1000,
            subscriber_queue: 256,
            ping_interval: Duration::from_secs(20),
            write_drain_time: Duration::from_secs(8),
            serves_schema: true,
            openapi: None,
            serves_docs: false,
            authentication: AuthenticationSettings::default(),
            rate_limits: RateLimitSettings::default(),
        }
    }
}

impl std::fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerSettings").finish_non_exhaustive()
    }
}

impl ServerSettings {
    /// The most bytes of memory for the values of JSON fields in one body.
    pub(crate) fn json_bytes(&self) -> usize {
        self.body_bytes.saturating_mul(4)
    }
}
