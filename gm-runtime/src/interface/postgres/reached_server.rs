//! The server that the connections of a database reach, which a failover changes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The server that the connections of a database reach.
///
/// After a failover new connections reach another server, while older ones may stay open, and that of the change feed would receive
/// its heartbeats for ever. So the older ones are not used any more as soon as a new one has reached another server.
#[derive(Debug, Default)]
pub(super) struct ReachedServer {
    id: Mutex<Option<ServerId>>,
    /// How often the server became another one.
    changes: AtomicU64,
}

/// A running server and one of its databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerId(pub(super) String);

impl ReachedServer {
    /// Notes that a connection has reached this server. Returns the number of changes of the server so far.
    pub(super) fn note(&self, id: &ServerId) -> u64 {
        let mut known = self.id.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref() != Some(id)
            && let Some(before) = known.replace(id.clone())
        {
            tracing::warn!(?before, now = ?id, "the connections reach another database server, or one that was restarted");
            return self.changes.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        }
        self.changes()
    }

    /// How often the server became another one.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }
}
