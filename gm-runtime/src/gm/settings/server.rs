//! Settings of the owner's side.

use std::time::Duration;

use crate::access::Principal;
use crate::gm::GmBuilder;

/// Settings of the owner's side.
impl GmBuilder {
    /// How long [`run_until`](crate::Gm::run_until) waits for the writes that are in flight when the service is told to end;
    /// 8 s by default, less than the 10 s after which common supervisors kill a process, and a year at most. All else ends
    /// within two seconds.
    pub fn write_drain_time(mut self, time: Duration) -> Self {
        // A moment too far away would be none that a clock can name.
        self.server.write_drain_time = time.min(Duration::from_secs(365 * 24 * 60 * 60));
        self
    }

    /// A caller who sends `Authorization: Bearer <token>` is the authenticated principal of this name.
    ///
    /// A caller without the header is anonymous; one whose token is not known is answered 401. Tokens are compared in
    /// constant time. [`build`](Self::build) refuses a token that is empty, that can't stand in a header, or that is
    /// given twice, and a name that is empty or has control characters.
    pub fn accept_bearer_token(mut self, token: impl Into<String>, principal: impl Into<String>) -> Self {
        let principal = Principal::named(principal.into());
        self.server.tokens.push((token.into(), principal));
        self
    }

    /// The most bytes of a request's body; a longer one is answered 413. 2 MiB by default.
    ///
    /// The values of JSON fields in a body may take four times as many bytes of memory; more are answered 400. An object
    /// takes over 600, so that by default a body may hold some 10,000 of them, or 130,000 numbers.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.server.body_bytes = bytes;
        self
    }

    /// How long a request's body may take to arrive; a slower one is answered 400, and its connection closed.
    /// 10 seconds by default. The time that the head of a connection's first request may take is `HttpServer::client_request_timeout`.
    pub fn body_time_limit(mut self, limit: Duration) -> Self {
        self.server.body_time = limit;
        self
    }

    /// The most levels of arrays and objects in a request's body; a deeper one is answered 400. 64 by default, and
    /// never more than 127.
    pub fn max_json_depth(mut self, levels: usize) -> Self {
        self.server.json_depth = levels;
        self
    }

    /// The most lookups of a query, `filters` and `excludes` together; more are answered 400. 64 by default.
    pub fn max_lookups(mut self, lookups: usize) -> Self {
        self.server.lookups = lookups;
        self
    }

    /// The most members of a list that a lookup is given; more are answered 400. 1,000 by default.
    pub fn max_list_members(mut self, members: usize) -> Self {
        self.server.list_members = members;
        self
    }

    /// The most bytes of a URL's path and query; a longer one is answered 400. 8 KiB by default.
    pub fn max_url_bytes(mut self, bytes: usize) -> Self {
        self.server.url_bytes = bytes;
        self
    }

    /// The most bytes of the rows of an answer; a query for more is answered 400, and told to ask for a smaller page.
    /// 16 MiB by default, which is what consumers read unless they are told otherwise
    /// (`GmBuilder::max_reply_size`). The answer to a write whose row takes more leaves the row out.
    pub fn max_answer_bytes(mut self, bytes: usize) -> Self {
        self.server.answer_bytes = bytes;
        self
    }

    /// How long a peer may take nothing of what is sent to it, be it an answer or events, until its connection is closed;
    /// 30 seconds by default, 1 ms at least and 24 days at most. It holds for the connections of [`Gm::listener`](crate::Gm::listener).
    ///
    /// The kernel keeps this time (`TCP_USER_TIMEOUT`, RFC 5482), and starts it anew with each segment from the peer. So a
    /// peer that takes nothing and goes on sending is not cut off. What is held for it is the kernel's send buffer.
    pub fn send_time_limit(mut self, limit: Duration) -> Self {
        // The kernel counts milliseconds in 31 bits, and none means for ever.
        let longest = Duration::from_millis(i32::MAX.unsigned_abs().into());
        self.server.send_time = limit.clamp(Duration::from_millis(1), longest);
        self
    }

    /// The most websockets at one time, of all resources together; a further handshake is answered 503, unless a
    /// subscriber has read nothing for four ping intervals: then it gets that one's place. 10,000 by default.
    pub fn max_subscribers(mut self, subscribers: usize) -> Self {
        self.server.subscribers = subscribers;
        self
    }

    /// The most events that wait for one subscriber, with at most 1 KiB for each of them. When there are more, all of them
    /// become one `refresh`, so that a slow subscriber costs bounded memory and misses nothing. 256 by default.
    pub fn subscriber_queue(mut self, events: usize) -> Self {
        self.server.subscriber_queue = events;
        self
    }

    /// How often a subscriber is pinged. One that answers none for two intervals is closed. 20 seconds by default,
    /// and a year at most.
    pub fn subscriber_ping_interval(mut self, interval: Duration) -> Self {
        // A moment too far away would be none that a clock can name.
        self.server.ping_interval = interval.min(Duration::from_secs(365 * 24 * 60 * 60));
        self
    }
}
