//! What waits to be sent to one subscriber.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use actix_web::web::Bytes;

/// Capacity that an empty queue may keep.
const KEPT_CAPACITY: usize = 16;

/// A bounded queue of events. When it is full, all that waits becomes one refresh.
///
/// Filled by the threads that commit, emptied by the socket's task.
#[derive(Debug)]
pub(super) struct Queue {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Bytes>,
    /// A refresh waits, and stands for every event since.
    folded: bool,
    pong: Option<Pong>,
    close: Option<u16>,
    waker: Option<Waker>,
}

/// A pong that waits for the events that were pending when its ping was read.
#[derive(Debug)]
struct Pong {
    behind: usize,
    payload: Vec<u8>,
}

/// What to send next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    Event(Bytes),
    Refresh,
    Pong(Vec<u8>),
    Close(u16),
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an event.
    pub(super) fn push(&self, event: Bytes) {
        let mut state = self.state();
        if state.folded || state.close.is_some() {
            return;
        }
        if state.events.len() < self.capacity {
            state.events.push_back(event);
        } else {
            state.events = VecDeque::new();
            state.folded = true;
            if let Some(pong) = &mut state.pong {
                pong.behind = pong.behind.min(1);
            }
        }
        state.wake();
    }

    /// Queues the answer to a ping behind the events that wait. Only the latest ping need be answered (RFC 6455,
    /// 5.5.3).
    pub(super) fn pong(&self, payload: Vec<u8>) {
        let mut state = self.state();
        let behind = state.events.len() + usize::from(state.folded);
        state.pong = Some(Pong { behind, payload });
        state.wake();
    }

    /// Ends the socket with this code, before anything that still waits. The first reason counts.
    pub(super) fn close(&self, code: u16) {
        let mut state = self.state();
        state.close.get_or_insert(code);
        state.wake();
    }

    /// Takes what is to be sent next. A refresh is taken, and no longer stands for events, before its frame is
    /// written: an event that comes then is one of its own.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Outgoing> {
        let mut state = self.state();
        if let Some(code) = state.close {
            return Poll::Ready(Outgoing::Close(code));
        }
        if let Some(pong) = state.pong.take_if(|pong| pong.behind == 0) {
            return Poll::Ready(Outgoing::Pong(pong.payload));
        }
        let event = if std::mem::take(&mut state.folded) {
            Outgoing::Refresh
        } else if let Some(event) = state.events.pop_front() {
            Outgoing::Event(event)
        } else {
            if state.events.capacity() > KEPT_CAPACITY {
                state.events = VecDeque::new();
            }
            match &mut state.waker {
                Some(waker) => waker.clone_from(context.waker()),
                none => *none = Some(context.waker().clone()),
            }
            return Poll::Pending;
        };
        if let Some(pong) = &mut state.pong {
            pong.behind -= 1;
        }
        Poll::Ready(event)
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
