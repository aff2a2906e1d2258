//! The settings of the owner's side.

use std::time::Duration;

use crate::gm::GmBuilder;
use crate::interface::Retention;

/// The settings of the owner's side.
impl GmBuilder {
    /// The time that a shutdown waits for writes in flight ([`run_until`](crate::Gm::run_until)). Everything else ends
    /// within two seconds.
    ///
    /// 8 s by default, since common supervisors kill a process after 10 s. At most a year.
    pub fn write_drain_time(mut self, time: Duration) -> Self {
        // The clock's range is limited.
        self.server.write_drain_time = time.min(Duration::from_secs(365 * 24 * 60 * 60));
        self
    }

    /// The most bytes of a request's body. A longer body is refused with 413. 2 MiB by default.
    ///
    /// The values of JSON fields in a body may take four times as many bytes of memory. More are refused with 400. A
    /// JSON object takes over 600 bytes. So by default a body may have some 10,000 objects, or 130,000 numbers.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.server.body_bytes = bytes;
        self
    }

    /// The time in which a request's body must arrive. A slower request is refused with 400, and its connection is
    /// closed. 10 seconds by default.
    ///
    /// The time limit for the head of a connection's first request is `HttpServer::client_request_timeout`.
    pub fn body_time_limit(mut self, limit: Duration) -> Self {
        self.server.body_time = limit;
        self
    }

    /// The most levels of arrays and objects in a request's body. A deeper body is refused with 400. 64 by default, and
    /// at most 127.
    pub fn max_json_depth(mut self, levels: usize) -> Self {
        self.server.json_depth = levels;
        self
    }

    /// The most lookups of a query, in `filters` and `excludes` together. More are refused with 400. 64 by default.
    pub fn max_lookups(mut self, lookups: usize) -> Self {
        self.server.lookups = lookups;
        self
    }

    /// The most members of a lookup's list. More are refused with 400. 1,000 by default.
    pub fn max_list_members(mut self, members: usize) -> Self {
        self.server.list_members = members;
        self
    }

    /// The most operations of a batch ([`Gm::batch`](crate::Gm::batch)). A batch with more is refused with 400. 1,000 by default.
    pub fn max_batch_operations(mut self, operations: usize) -> Self {
        self.server.batch_operations = operations;
        self
    }

    /// The most bytes of a URL's path and query. A longer URL is refused with 400. 8 KiB by default.
    pub fn max_url_bytes(mut self, bytes: usize) -> Self {
        self.server.url_bytes = bytes;
        self
    }

    /// The most bytes of the rows in a response. A query for more is refused with 400, and its message asks for a
    /// smaller page. The response to a write leaves out a row that takes more.
    ///
    /// 16 MiB by default, like the limit of consumers (`GmBuilder::max_received_bytes`).
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.server.response_bytes = bytes;
        self
    }

    /// The time after which a connection is closed if its peer reads nothing of a response or of events. It applies to
    /// the connections of [`Gm::listener`](crate::Gm::listener).
    ///
    /// 30 seconds by default, at least 1 ms, and at most 24 days.
    ///
    /// The kernel measures this time (`TCP_USER_TIMEOUT`, RFC 5482), and restarts it with each segment from the peer.
    /// So a peer that reads nothing, but still sends, is not disconnected. It occupies the kernel's send buffer.
    pub fn send_time_limit(mut self, limit: Duration) -> Self {
        // The kernel's number of milliseconds has 31 bits, and 0 stands for no limit.
        let longest = Duration::from_millis(i32::MAX.unsigned_abs().into());
        self.server.send_time = limit.clamp(Duration::from_millis(1), longest);
        self
    }

    /// How long the answer of a request with an idempotency key is stored. 24 hours by default, and zero turns the extension off.
    ///
    /// A caller that sends `Idempotency-Key` with a create, an update or a delete may send the same request again, for as long as this,
    /// if the answer was lost. It gets the answer of the first one, and nothing is written twice. A consumer of this framework does so
    /// by itself.
    ///
    /// The answers of managers in a database are stored in its table `gm_idempotency`, in the transaction of the write. It is created
    /// like the tables of managers, if a manager with `#[database(..)]` is exposed. A write removes some of the answers whose time is
    /// over. An answer takes about 300 bytes and the row. One of more than 64 KiB is stored as the id of its row, which is read again.
    /// Answers in memory take 16 MiB at most; older ones end earlier. Storage of the application's own stores none.
    pub fn idempotency_retention(mut self, time: Duration) -> Self {
        self.retention = Retention::new(time);
        self
    }

    /// Whether callers can read the schema of the resources at `<base path>/_schema`, as they may see it. On by default.
    ///
    /// Each caller sees the resources, operations and fields that the rules can ever permit it, and no others. The hash of a
    /// resource's schema is in the header `X-General-Manager-Schema` of the resource's replies. A consumer of this framework
    /// reads the schema once and compares it with its structs, and again when the hash changes.
    pub fn serve_schema(mut self, serve: bool) -> Self {
        self.server.serves_schema = serve;
        self
    }

    /// The most websockets at one time, of all resources together. More handshakes are refused with 503. 10,000 by
    /// default.
    ///
    /// A new subscriber replaces one that has read nothing for four ping intervals.
    pub fn max_subscribers(mut self, subscribers: usize) -> Self {
        self.server.subscribers = subscribers;
        self
    }

    /// The most websockets of one caller at one time, of all resources together, so that one caller can't take those of all
    /// others. More handshakes of this caller are refused with 429. 1,000 by default.
    ///
    /// Callers with the same [name](crate::access::Principal::name) count as one caller, such as all processes of a service
    /// that present the same token. A process of a consumer opens a websocket for each resource that it subscribes to.
    ///
    /// Anonymous callers count by their address, of which IPv6 addresses with the same first 64 bits are one. Behind a proxy
    /// that is not [trusted](Self::trusted_proxy), all of them have the proxy's address. Callers without an address, such as
    /// those over a Unix socket, are limited by [`max_subscribers`](Self::max_subscribers) alone.
    ///
    /// As there, a new subscriber replaces one that has read nothing for four ping intervals.
    pub fn max_subscribers_per_principal(mut self, subscribers: usize) -> Self {
        self.server.subscribers_per_principal = subscribers;
        self
    }

    /// The most events that wait for one subscriber, and 1 KiB for each of them on average. 256 by default.
    ///
    /// If there are more, all of them become one `refresh`. So a slow subscriber takes limited memory, and misses
    /// nothing.
    pub fn subscriber_queue(mut self, events: usize) -> Self {
        self.server.subscriber_queue = events;
        self
    }

    /// The interval between pings to a subscriber. A subscriber that answers none for two intervals is disconnected. 20
    /// seconds by default, and at most a year.
    pub fn subscriber_ping_interval(mut self, interval: Duration) -> Self {
        // The clock's range is limited.
        self.server.ping_interval = interval.min(Duration::from_secs(365 * 24 * 60 * 60));
        self
    }
}
