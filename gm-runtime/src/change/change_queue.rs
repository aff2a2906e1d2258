//! The queue of changes for one reader.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Change;
use super::topic::Subscriber;
use crate::trace::{self, TraceContext};

/// The most changes that wait for one reader of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangeQueueCapacity(pub(crate) usize);

impl Default for ChangeQueueCapacity {
    fn default() -> Self {
        Self(256)
    }
}

/// The queue of changes for one reader.
///
/// A change over the capacity is coalesced with all waiting ones. With a capacity of 0, any number of changes becomes
/// one. Committing threads and the thread of the websockets fill the queue.
pub(crate) struct ChangeQueue {
    capacity: usize,
    state: Mutex<State>,
    filled: Notify,
}

/// An entry of the queue.
pub(crate) enum Queued {
    Change(Change),
    /// The number of changes that were coalesced into one.
    Coalesced(u64),
    /// The credential of the reader's caller was revoked. Nothing follows.
    CredentialEnded,
}

#[derive(Default)]
struct State {
    changes: VecDeque<Change>,
    /// The number of changes that were coalesced. 0 if none were.
    coalesced: u64,
    /// The trace of the last change that had one.
    trace: Option<TraceContext>,
    credential_ended: bool,
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

    /// Waits for the next entry. `None` after the end.
    pub(crate) async fn next(&self) -> Option<Queued> {
        loop {
            if let Some(next) = self.state().take() {
                return next;
            }
            // `Notify` stores a notification, so a change between the check and this line is not missed.
            self.filled.notified().await;
        }
    }

    /// Whether the credential of the reader's caller was revoked.
    pub(crate) fn has_credential_ended(&self) -> bool {
        self.state().credential_ended
    }

    /// The trace of the last change since the last call that had one.
    pub(crate) fn take_trace(&self) -> Option<TraceContext> {
        self.state().trace.take()
    }

    /// Discards all entries, for a reader that reads the rows anyway.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.changes.clear();
        state.coalesced = 0;
    }
}

impl State {
    /// The next entry. `Some(None)` at the end, `None` if the reader has to wait.
    fn take(&mut self) -> Option<Option<Queued>> {
        if self.credential_ended {
            return Some(Some(Queued::CredentialEnded));
        }
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
        state.trace = trace::current().or(state.trace);
        if state.coalesced > 0 {
            state.coalesced = state.coalesced.saturating_add(1);
            return;
        }
        if state.changes.len() < self.capacity {
            // Without the images, which a stream does not need.
            state.changes.push_back(change.as_action(change.action()));
        } else {
            let waiting = std::mem::take(&mut state.changes).len() as u64;
            state.coalesced = waiting.saturating_add(1);
        }
        drop(state);
        self.filled.notify_one();
    }

    fn credential_ended(&self) {
        self.state().credential_ended = true;
        self.filled.notify_one();
    }

    fn ended(&self) {
        self.state().ended = true;
        self.filled.notify_one();
    }
}
