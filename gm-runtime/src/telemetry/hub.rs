//! The subscribers of a resource, and the events for them.

use metrics::{Counter, Gauge, counter, gauge};

use super::names::{EVENTS_FOLDED, EVENTS_PUBLISHED, SUBSCRIBERS, describe};

/// The metrics of the subscribers of one resource.
pub(crate) struct HubMetrics {
    published: Counter,
    folded: Counter,
    subscribers: Gauge,
}

impl HubMetrics {
    /// The metrics of the resource with this name.
    pub(crate) fn new(resource: &'static str) -> Self {
        describe();
        Self {
            published: counter!(EVENTS_PUBLISHED, "gm.resource" => resource),
            folded: counter!(EVENTS_FOLDED, "gm.resource" => resource),
            subscribers: gauge!(SUBSCRIBERS, "gm.resource" => resource),
        }
    }

    /// A change was published.
    pub(crate) fn published(&self) {
        self.published.increment(1);
    }

    /// A subscriber got a refresh in place of the events that waited.
    pub(crate) fn folded(&self) {
        self.folded.increment(1);
    }

    /// A subscriber entered.
    pub(crate) fn entered(&self) {
        self.subscribers.increment(1.0);
    }

    /// A subscriber left.
    pub(crate) fn left(&self) {
        self.subscribers.decrement(1.0);
    }
}
