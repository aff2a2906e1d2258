//! The publication of a notification, and of what is no notification.

use std::time::Duration;

use tokio::time::Instant;

use super::history::History;
use crate::interface::postgres::notification::Payload;
use crate::interface::postgres::routes::{Routes, publish};

/// The least time between two refreshes of everything for malformed notifications.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// The least time between two reads of the catalog for unknown relations.
const READ_INTERVAL: Duration = Duration::from_millis(100);

/// The least time between two warnings.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// Publishes notifications, and limits what malformed ones cause.
pub(super) struct Dispatch {
    history: History,
    /// When the next refresh of everything may be published.
    refresh_from: Instant,
    /// Whether everything must be refreshed then.
    refresh_is_due: bool,
    /// When the catalog may be read next for an unknown relation.
    read_from: Instant,
    warn_from: Instant,
    /// The texts since the last warning that were no notifications, and those that were malformed.
    foreign: u64,
    malformed: u64,
}

/// A text that was received on the channel.
pub(super) struct Received {
    pub(super) text: String,
    /// Whether the session of this feed sent it.
    pub(super) is_own: bool,
}

/// What a text on the channel needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dispatched {
    Done,
    /// Nothing was published: the relation is unknown, and the catalog must be read first.
    Unknown(u32),
}

impl Dispatch {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            history: History::default(),
            refresh_from: now,
            refresh_is_due: false,
            read_from: now,
            warn_from: now,
            foreign: 0,
            malformed: 0,
        }
    }

    /// Publishes the change that a text on the channel reports.
    pub(super) fn publish(&mut self, routes: &Routes, received: &Received, now: Instant) -> Dispatched {
        match Payload::decode(&received.text) {
            Some(Ok(payload)) => {
                let Some(destinations) = routes.destinations(payload.relation) else {
                    if now >= self.read_from {
                        self.read_from = now + READ_INTERVAL;
                        return Dispatched::Unknown(payload.relation);
                    }
                    // Texts with invented relations must not make every other one wait for the catalog.
                    self.refresh_is_due = true;
                    self.tick(routes, now);
                    return Dispatched::Done;
                };
                publish(&payload, &destinations, received.is_own);
                self.history.add(payload.event, received.text.as_str().into());
            }
            Some(Err(_)) => {
                self.malformed = self.malformed.saturating_add(1);
                // It may be that of a newer version.
                self.refresh_is_due = true;
                self.tick(routes, now);
            }
            None => self.foreign = self.foreign.saturating_add(1),
        }
        if (self.foreign > 0 || self.malformed > 0) && now >= self.warn_from {
            self.warn_from = now + WARNING_INTERVAL;
            let (foreign, malformed) = (
                std::mem::take(&mut self.foreign),
                std::mem::take(&mut self.malformed),
            );
            tracing::warn!(
                foreign,
                malformed,
                "other programs send to the database's channel `gm`, which notifies the replicas of changes. Their texts are \
                 ignored. One that begins as a notification and is malformed refreshes everything, at most once a second"
            );
        }
        Dispatched::Done
    }

    /// Refreshes everything if that is due.
    pub(super) fn tick(&mut self, routes: &Routes, now: Instant) {
        if self.refresh_is_due && now >= self.refresh_from {
            self.refresh_all(routes, now);
        }
    }

    /// When [`tick`](Self::tick) must be called next, if at all.
    pub(super) fn due(&self) -> Option<Instant> {
        self.refresh_is_due.then_some(self.refresh_from)
    }

    /// Refreshes everything, since changes may be unknown. The history begins anew.
    pub(super) fn refresh_all(&mut self, routes: &Routes, now: Instant) {
        self.refresh_is_due = false;
        self.refresh_from = now + REFRESH_INTERVAL;
        self.history.clear();
        routes.refresh_all();
    }
}
