//! The subscribers of one resource.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};
use std::time::Duration;

use actix_web::rt::System;
use actix_web::web::Bytes;
use uuid::Uuid;

use super::frames;
use super::shard::{Cursor, Outgoing, Shard};
use crate::change::{Change, Delivery, Subscriber};
use crate::manager::Api;
use crate::protocol::event;
use crate::server::settings::ServerSettings;

/// The subscribers of one resource. A change is encoded once, its frame shared by all of them, and handed to each
/// thread that has some.
pub(crate) struct Hub {
    api: Api,
    queue_capacity: usize,
    ping_interval: Duration,
    state: Mutex<HubState>,
}

#[derive(Default)]
struct HubState {
    closed: bool,
    delivery: Delivery,
    shards: HashMap<ThreadId, Arc<Shard>>,
}

impl Hub {
    pub(crate) fn new(api: Api, settings: &ServerSettings) -> Self {
        Self {
            api,
            queue_capacity: settings.subscriber_queue,
            ping_interval: settings.ping_interval,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, HubState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new subscriber, whom every change published from now on reaches; `None` once the hub is closed, and while
    /// changes are missed.
    ///
    /// # Panics
    /// Outside a runtime.
    pub(super) fn attach(self: &Arc<Self>) -> Option<Attachment> {
        let mut state = self.state();
        if state.closed || !state.delivery.sends_events() {
            return None;
        }
        let guaranteed = state.delivery == Delivery::Guaranteed;
        let thread = thread::current().id();
        let shard = match state.shards.get(&thread) {
            Some(shard) if shard.is_open() => Arc::clone(shard),
            _ => {
                let shard = Arc::new(Shard::new(self.queue_capacity, self.ping_interval));
                let waking = Arc::clone(&shard).wake_sockets();
                // In the queue in which the sockets' tasks are. Where a test calls the service on plain tokio there is none.
                if System::is_registered() {
                    actix_web::rt::spawn(waking);
                } else {
                    tokio::spawn(waking);
                }
                state.shards.insert(thread, Arc::clone(&shard));
                shard
            }
        };
        let cursor = shard.enter();
        drop(state);
        Some(Attachment {
            hub: Arc::clone(self),
            thread,
            cursor,
            pong: None,
            close: None,
            guaranteed,
        })
    }

    /// Closes every subscriber's socket with 1001, and takes no more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.close(frames::GOING_AWAY);
    }

    /// The frame of a change. An event that is too long for consumers, since the row's id is, becomes a refresh.
    fn frame(&self, change: &Change) -> Bytes {
        let encode = |change| event::encode(&self.api, change, Uuid::new_v4());
        let mut text = encode(change);
        if text.len() > event::MAX_BYTES {
            text = encode(&Change::refresh());
        }
        frames::text(&text)
    }
}

impl HubState {
    /// Closes the sockets that are there; those that come later have shards of their own.
    fn close(&mut self, code: u16) {
        for (_, shard) in self.shards.drain() {
            shard.close(code);
        }
    }
}

impl Subscriber for Hub {
    fn notify(&self, change: &Change) {
        let state = self.state();
        if state.shards.is_empty() {
            return;
        }
        let frame = self.frame(change);
        for shard in state.shards.values() {
            shard.push(frame.clone());
        }
    }

    /// Closes every subscriber's socket with 1013 where less is told than when it was opened.
    fn delivery_changed(&self, delivery: Delivery) {
        let mut state = self.state();
        if delivery < std::mem::replace(&mut state.delivery, delivery) {
            state.close(frames::TRY_AGAIN_LATER);
        }
    }
}

/// A subscriber's place in a hub, given up when it is dropped.
pub(super) struct Attachment {
    hub: Arc<Hub>,
    thread: ThreadId,
    cursor: Cursor,
    // Rarely there, and looked at with each event.
    pong: Option<Box<Pong>>,
    close: Option<u16>,
    guaranteed: bool,
}

/// A pong that waits for the events that were pending when its ping was read.
#[derive(Debug)]
struct Pong {
    /// The number of the event that it may not come behind.
    before: u64,
    payload: Vec<u8>,
}

impl Attachment {
    /// Whether every change reaches the subscriber.
    pub(super) fn is_guaranteed(&self) -> bool {
        self.guaranteed
    }

    /// Answers a ping behind the events that wait. Only the latest ping need be answered (RFC 6455, 5.5.3).
    pub(super) fn pong(&mut self, payload: Vec<u8>) {
        self.pong = Some(Box::new(Pong {
            before: self.cursor.end(),
            payload,
        }));
    }

    /// Ends the socket with this code, before anything that still waits. The first reason counts.
    pub(super) fn close(&mut self, code: u16) {
        self.close.get_or_insert(code);
    }

    /// Whether it is time for a ping; says so once each time.
    pub(super) fn take_ping(&mut self) -> bool {
        self.cursor.take_ping()
    }

    /// The frame that is to be sent next, and whether it is the last.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<(Bytes, bool)> {
        if let Some(code) = self.close {
            return Poll::Ready((frames::close(code), true));
        }
        if let Some(pong) = self.pong.take_if(|pong| pong.before <= self.cursor.next()) {
            return Poll::Ready((frames::pong(&pong.payload), false));
        }
        let news = std::task::ready!(self.cursor.poll(context));
        Poll::Ready(match news {
            Outgoing::Event(frame) => (frame, false),
            Outgoing::Refresh => (self.hub.frame(&Change::refresh()), false),
            Outgoing::Close(code) => (frames::close(code), true),
        })
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        // Nobody may enter between the last one's leaving and the shard's end.
        let mut state = self.hub.state();
        if self.cursor.leave()
            && let Entry::Occupied(entry) = state.shards.entry(self.thread)
            && self.cursor.is_in(entry.get())
        {
            entry.remove();
        }
    }
}
