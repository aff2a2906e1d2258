//! What waits for the reader of a stream.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Change;
use super::topic::Subscriber;

/// The changes that wait for one reader. Those beyond the capacity, and all that waited, become one refresh; with a
/// capacity of none, any number of changes is one.
///
/// Filled by the threads that commit or that listen to a websocket, emptied by whoever polls the stream.
pub(crate) struct Inbox {
    capacity: usize,
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Default)]
struct State {
    changes: VecDeque<Change>,
    /// A refresh waits, and stands for every change since.
    folded: bool,
    ended: bool,
}

impl Inbox {
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
    pub(crate) async fn next(&self) -> Option<Change> {
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
        state.folded = false;
    }
}

impl State {
    fn take(&mut self) -> Option<Option<Change>> {
        if std::mem::take(&mut self.folded) {
            return Some(Some(Change::refresh()));
        }
        match self.changes.pop_front() {
            Some(change) => Some(Some(change)),
            None if self.ended => Some(None),
            None => None,
        }
    }
}

impl Subscriber for Inbox {
    fn notify(&self, change: &Change) {
        let mut state = self.state();
        if state.folded {
            return;
        }
        if state.changes.len() < self.capacity {
            state.changes.push_back(change.clone());
        } else {
            state.changes = VecDeque::new();
            state.folded = true;
        }
        drop(state);
        self.filled.notify_one();
    }

    fn ended(&self) {
        self.state().ended = true;
        self.filled.notify_one();
    }
}
