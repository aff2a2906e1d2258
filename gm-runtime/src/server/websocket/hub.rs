//! The subscribers of one resource.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use actix_web::rt::System;
use actix_web::web::Bytes;
use uuid::Uuid;

use super::cursor::Cursor;
use super::frames;
use super::shard::Shard;
use super::wake_task::wake_sockets;
use crate::access::Principal;
use crate::change::{Change, Delivery, Subscriber};
use crate::manager::Api;
use crate::protocol::{close_code, event};
use crate::server::settings::ServerSettings;

/// The subscribers of one resource, in a shard for each thread.
///
/// A change is encoded once. All subscribers share its frame.
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

/// What a new subscriber gets from its hub.
pub(super) struct Entered {
    pub(super) thread: ThreadId,
    pub(super) cursor: Cursor,
    /// Whether every change reaches the subscriber.
    pub(super) guaranteed: bool,
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

    /// Adds a subscriber on this thread, which receives every change published from now on. `None` if the hub is
    /// closed, or no events are sent at present.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(super) fn enter(&self, principal: &Principal) -> Option<Entered> {
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
                let task = wake_sockets(Arc::clone(&shard));
                // In the same queue as the tasks of the sockets. Plain tokio, as in tests, has no actix system.
                if System::is_registered() {
                    actix_web::rt::spawn(task);
                } else {
                    tokio::spawn(task);
                }
                state.shards.insert(thread, Arc::clone(&shard));
                shard
            }
        };
        Some(Entered {
            thread,
            cursor: Cursor::new(&shard, principal),
            guaranteed,
        })
    }

    /// Removes a subscriber, and its shard if no other subscriber remains there.
    pub(super) fn leave(&self, thread: ThreadId, cursor: &Cursor) {
        // The lock is held, so that no subscriber enters a shard that is about to end.
        let mut state = self.state();
        if cursor.leave()
            && let Entry::Occupied(entry) = state.shards.entry(thread)
            && cursor.is_in(entry.get())
        {
            entry.remove();
        }
    }

    /// Closes the sockets of all subscribers with 1001, and accepts no more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.close(close_code::GOING_AWAY);
    }

    /// Closes the sockets of the callers with this name.
    pub(crate) fn close_sockets_of(&self, name: &str, code: u16) {
        for shard in self.state().shards.values() {
            shard.close_sockets_of(name, code);
        }
    }

    /// The frame of a change. An event that is too long for consumers, since the row's id is, becomes a refresh.
    pub(super) fn frame(&self, change: &Change) -> Bytes {
        let encode = |change| event::encode(&self.api, change, Uuid::new_v4());
        let mut text = encode(change);
        if text.len() > event::MAX_BYTES {
            text = encode(&Change::refresh());
        }
        frames::text(&text)
    }
}

impl HubState {
    /// Closes the present sockets. Later ones get new shards.
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

    /// Closes the sockets of all subscribers with 1013 if fewer changes are sent than when they subscribed.
    fn delivery_changed(&self, delivery: Delivery) {
        let mut state = self.state();
        if delivery < std::mem::replace(&mut state.delivery, delivery) {
            state.close(close_code::TRY_AGAIN_LATER);
        }
    }
}
