//! The settings of the rate limits.

use crate::gm::GmBuilder;
use crate::server::RateLimit;

/// How many requests a caller may send in a time. There is no limit by default.
///
/// A request beyond a limit is answered 429 `rate_limited`, with `Retry-After` in seconds. So is the handshake of a websocket.
/// The consumers of this crate wait as long and send the request again, if that is at most 5 s.
///
/// Each limit counts in this process alone, and remembers 65,536 callers in 1.6 MiB. If there are more, the one that has used
/// the least is forgotten.
impl GmBuilder {
    /// The limit for the requests from one address, for all callers together. A request is counted before its credentials are
    /// checked, so wrong tokens are limited, too.
    ///
    /// The address is the one of the client: behind a [trusted proxy](Self::trusted_proxy), it is that of the proxy's client.
    /// The addresses of an IPv6 network (/64) count as one, and so do all connections without an address, such as those over a
    /// Unix socket.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses the limits that [`RateLimit`] names.
    pub fn rate_limit_per_address(mut self, limit: RateLimit) -> Self {
        self.server.rate_limits.per_address = Some(limit);
        self
    }

    /// The limit for the requests of one principal, from all addresses and with all its credentials. Anonymous callers are
    /// counted by address, as for [`rate_limit_per_address`](Self::rate_limit_per_address).
    ///
    /// # Errors
    /// [`build`](Self::build) refuses the limits that [`RateLimit`] names.
    pub fn rate_limit_per_principal(mut self, limit: RateLimit) -> Self {
        self.server.rate_limits.per_principal = Some(limit);
        self
    }

    /// The limit for the new websockets of one principal, or of one address if the callers are anonymous. A handshake is also a
    /// request for the other two limits.
    ///
    /// A consumer opens one websocket for each resource that it caches, and several processes may be one principal.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses the limits that [`RateLimit`] names.
    pub fn rate_limit_of_subscriptions(mut self, limit: RateLimit) -> Self {
        self.server.rate_limits.of_subscriptions = Some(limit);
        self
    }
}
