//! A session slot for each worker thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::runtime::Handle;

use super::connector::Connector;
use super::purpose::Purpose;
use super::session_slot::SessionSlot;

/// A session slot for each worker thread. More threads than slots share them.
pub(super) struct ThreadSlots {
    slots: Box<[Arc<SessionSlot>]>,
    pub(super) connector: Arc<Connector>,
    /// For callers without a runtime.
    pub(super) runtime: Handle,
    is_closed: AtomicBool,
}

/// The result of a read in the session of a thread.
pub(super) enum ThreadRead<T> {
    Done(T),
    /// The read has to be carried out on a connection of its own.
    Elsewhere,
}

impl ThreadSlots {
    pub(super) fn new(connector: Arc<Connector>, purpose: Purpose, runtime: Handle) -> Self {
        let number = connector.settings().point_connections.get();
        Self {
            slots: (0..number).map(|_| Arc::new(SessionSlot::new(purpose))).collect(),
            connector,
            runtime,
            is_closed: AtomicBool::new(false),
        }
    }

    /// The slot of this thread. `None` once it is closed.
    pub(super) fn current(&self) -> Option<&Arc<SessionSlot>> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed);
        }
        if self.is_closed.load(Ordering::Relaxed) {
            return None;
        }
        // A thread that ends has no number.
        let number = THREAD.try_with(|number| *number).unwrap_or(0);
        self.slots.get(number.checked_rem(self.slots.len())?)
    }

    /// Refuses further reads. Connections end once their reads have ended.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        for slot in &self.slots {
            slot.close();
        }
    }
}
