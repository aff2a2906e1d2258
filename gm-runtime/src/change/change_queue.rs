//! What waits for the reader of a stream.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Change;
use super::topic::Subscriber;

/// How many changes wait for one reader of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangeQueueCapacity(pub(crate) usize);

impl Default for ChangeQueueCapacity {
    fn default() -> Self {
        Self(256)
    }
}

/// The changes that wait for one reader. Those beyond the capacity, and all that waited, become one; with a capacity of
/// none, any number of changes is one.
///
/// Filled by the threads that commit or that listen to a websocket, emptied by whoever polls the stream.
pub(crate) struct ChangeQueue {
    capacity: usize,
    state: Mutex<State>,
    filled: Notify,
}

/// What waits next.
pub(crate) enum Queued {
    Change(Change),
    /// So many changes, which became one.
    Coalesced(u64),
}

#[derive(Default)]
struct State {
    changes: VecDeque<Change>,
    /// How many changes became one, which waits; 0 where none did.
    coalesced: u64,
    ended: bool,
}

impl ChangeQueue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
            filled: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next change; `None` after the end.
    pub(crate) async fn next(&self) -> Option<Queued> {
        loop {
            if let Some(next) = self.state().take() {
                return next;
            }
            // Kept where nobody waits, so that a change between the look above and this is not missed.
            self.filled.notified().await;
        }
    }

    /// Forgets what waits: for a reader that is about to read anew.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.changes.clear();
        state.coalesced = 0;
    }
}

impl State {
    /// What waits next; `None` within where nothing comes any more.
    fn take(&mut self) -> Option<Option<Queued>> {
        if self.coalesced > 0 {
            return Some(Some(Queued::Coalesced(std::mem::take(&mut self.coalesced))));
        }
        match self.changes.pop_front() {
            Some(change) => Some(Some(Queued::Change(change))),
            None if self.ended => Some(None),
            None => None,
        }
    }
}

impl Subscriber for ChangeQueue {
    fn notify(&self, change: &Change) {
        let mut state = self.state();
        if state.coalesced > 0 {
            state.coalesced = state.coalesced.saturating_add(1);
            return;
        }
        if state.changes.len() < self.capacity {
            state.changes.push_back(change.clone());
        } else {
            let waiting = std::mem::take(&mut state.changes).len() as u64;
            state.coalesced = waiting.saturating_add(1);
        }
        drop(state);
        self.filled.notify_one();
    }

    fn ended(&self) {
        self.state().ended = true;
        self.filled.notify_one();
    }
}
