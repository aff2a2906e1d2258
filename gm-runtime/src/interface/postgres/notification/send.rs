//! The statement that sends payloads.

use super::channel::CHANNEL;
use super::names::literal;

/// The statement that sends these payloads, at least one.
pub(in crate::interface::postgres) fn notify_all(payloads: &[String]) -> String {
    let calls = payloads
        .iter()
        .map(|payload| format!("pg_catalog.pg_notify('{CHANNEL}', {})", literal(payload)));
    format!("SELECT {}", calls.collect::<Vec<_>>().join(", "))
}
