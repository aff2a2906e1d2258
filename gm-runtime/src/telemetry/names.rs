//! The names, units and descriptions of the metrics, and the buckets of the histograms.

use std::sync::Once;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

pub(super) const SERVER_DURATION: &str = "http.server.request.duration";
pub(super) const SERVER_ACTIVE: &str = "http.server.active_requests";
pub(super) const CLIENT_DURATION: &str = "http.client.request.duration";
pub(super) const CLIENT_ACTIVE: &str = "http.client.active_requests";
pub(super) const DATABASE_DURATION: &str = "db.client.operation.duration";
pub(super) const COMMIT_WRITES: &str = "gm.database.commit.writes";
pub(super) const DATABASE_QUEUE: &str = "gm.database.queue";
pub(super) const WRITES_IN_FLIGHT: &str = "gm.writes.in_flight";
pub(super) const EVENTS_PUBLISHED: &str = "gm.events.published";
pub(super) const EVENTS_FOLDED: &str = "gm.events.folded";
pub(super) const SUBSCRIBERS: &str = "gm.subscribers";
pub(super) const CACHE_READS: &str = "gm.cache.reads";
pub(super) const CACHE_MISSES: &str = "gm.cache.misses";
pub(super) const CACHE_DISCARDED: &str = "gm.cache.discarded";
pub(super) const CACHE_INVALIDATIONS: &str = "gm.cache.invalidations";
pub(super) const CACHE_ENTRIES: &str = "gm.cache.entries";
pub(super) const CACHE_SIZE: &str = "gm.cache.size";
pub(super) const SUBSCRIPTION_LIVE: &str = "gm.subscription.live";
pub(super) const LEASE_AGE: &str = "gm.subscription.lease_age";
pub(super) const CLIENT_CONNECTIONS: &str = "gm.client.connections";

/// The buckets of a request, of the semantic conventions.
const REQUEST: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// The buckets of an operation of a database, of the semantic conventions.
const OPERATION: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// The buckets of the writes that share a commit.
const WRITES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The names of the histograms, and the upper bounds of their buckets, for the settings of an exporter.
///
/// The bounds of durations are those of OpenTelemetry's semantic conventions, in seconds.
///
/// ```
/// # use gm_runtime::telemetry::HISTOGRAM_BUCKETS;
/// let (_, bounds) = HISTOGRAM_BUCKETS
///     .iter()
///     .find(|(name, _)| *name == "http.server.request.duration")
///     .unwrap();
/// assert_eq!((bounds.first(), bounds.last()), (Some(&0.005), Some(&10.0)));
/// ```
pub const HISTOGRAM_BUCKETS: &[(&str, &[f64])] = &[
    (SERVER_DURATION, REQUEST),
    (CLIENT_DURATION, REQUEST),
    (DATABASE_DURATION, OPERATION),
    (COMMIT_WRITES, WRITES),
];

/// Describes the metrics to the recorder, once in a process.
pub(super) fn describe() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let seconds = Unit::Seconds;
        describe_histogram!(SERVER_DURATION, seconds, "Requests to this service");
        describe_gauge!(SERVER_ACTIVE, "Requests to this service in progress");
        describe_histogram!(
            CLIENT_DURATION,
            seconds,
            "Requests to other services, each attempt"
        );
        describe_gauge!(CLIENT_ACTIVE, "Requests to other services in progress");
        describe_histogram!(
            DATABASE_DURATION,
            seconds,
            "Reads and writes of the database, waiting included"
        );
        describe_histogram!(COMMIT_WRITES, "Writes that share a commit of the database");
        describe_gauge!(DATABASE_QUEUE, "Reads or writes that wait for the database");
        describe_gauge!(WRITES_IN_FLIGHT, "Writes in progress, of all storage");
        describe_counter!(
            EVENTS_PUBLISHED,
            "Committed changes that were sent to the subscribers"
        );
        describe_counter!(
            EVENTS_FOLDED,
            "Refreshes that a subscriber got in place of waiting events"
        );
        describe_gauge!(SUBSCRIBERS, "Open websockets of subscribers");
        describe_counter!(CACHE_READS, "Reads through the cache, by their outcome");
        describe_counter!(
            CACHE_MISSES,
            "Reads that sent a request, by what was missing in the cache"
        );
        describe_counter!(CACHE_DISCARDED, "Answers that were invalid when they arrived");
        describe_counter!(
            CACHE_INVALIDATIONS,
            "Invalidations of cached answers, by their cause"
        );
        describe_gauge!(CACHE_ENTRIES, "Cached answers of the handle");
        describe_gauge!(
            CACHE_SIZE,
            Unit::Bytes,
            "Estimated size of the cached answers of the handle"
        );
        describe_gauge!(SUBSCRIPTION_LIVE, "Whether the subscription is live: 1 or 0");
        describe_gauge!(LEASE_AGE, seconds, "Time since the last answered ping was sent");
        describe_gauge!(CLIENT_CONNECTIONS, "Connection slots of an owner in use");
    });
}
