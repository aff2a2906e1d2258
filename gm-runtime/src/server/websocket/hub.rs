//! The subscribers of one resource.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use actix_web::rt::System;
use actix_web::web::Bytes;
use tokio::time::Instant;
use tracing::debug_span;
use uuid::Uuid;

use super::classes::{ClassKey, Classes};
use super::cursor::Cursor;
use super::frames;
use super::shard::Shard;
use super::shard_state::Notice;
use super::wake_task::wake_sockets;
use crate::access::{Principal, Readable};
use crate::change::{Action, Change, Delivery, Subscriber};
use crate::features::telemetry::HubMetrics;
use crate::manager::{Api, Description};
use crate::protocol::{close_code, event};
use crate::server::settings::ServerSettings;
use crate::trace::{self, Traced};

/// The subscribers of one resource, in classes of those that may read the same rows.
///
/// A change is judged once for each class, and encoded once for each action that a class receives. Reasons:
/// `docs/design/server.md`, "Classes".
pub(crate) struct Hub {
    description: &'static Description,
    api: Api,
    queue_capacity: usize,
    ping_interval: Duration,
    state: Mutex<HubState>,
    pub(super) metrics: HubMetrics,
}

#[derive(Default)]
struct HubState {
    closed: bool,
    delivery: Delivery,
    /// Counts the changes of grants.
    grants: u64,
    classes: Classes,
    /// The shards whose sockets have yet to enter their class anew, since the grants changed.
    retired: Vec<Arc<Shard>>,
}

/// The rows that a caller may read, as the grants are at one time.
#[derive(Debug)]
pub(super) struct Sight {
    readable: Readable,
    grants: u64,
}

impl Sight {
    /// Whether the caller may read any row.
    pub(super) fn is_any(&self) -> bool {
        !self.readable.is_nothing()
    }
}

/// The place of a subscriber in its hub.
pub(super) struct Place {
    class: ClassKey,
    thread: ThreadId,
}

/// What a new subscriber gets from its hub.
pub(super) struct Entered {
    pub(super) place: Place,
    pub(super) cursor: Cursor,
    /// Whether every change reaches the subscriber.
    pub(super) guaranteed: bool,
}

impl Hub {
    pub(crate) fn new(description: &'static Description, api: Api, settings: &ServerSettings) -> Self {
        Self {
            description,
            api,
            queue_capacity: settings.subscriber_queue,
            ping_interval: settings.ping_interval,
            state: Mutex::default(),
            metrics: HubMetrics::new(api.resource()),
        }
    }

    fn state(&self) -> MutexGuard<'_, HubState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows that the caller may read now.
    pub(super) fn sight(&self, principal: &Principal) -> Sight {
        // Counted first, so that grants which change during the evaluation are noticed.
        let grants = self.state().grants;
        Sight {
            readable: Readable::by(principal, self.description),
            grants,
        }
    }

    /// Adds a subscriber on this thread, which receives the changes of the rows in its sight from now on. `first_ping`:
    /// when its socket sends the next ping, if that is not after the usual interval.
    ///
    /// # Errors
    /// The code with which the socket is closed: [`UNAUTHORIZED`](close_code::UNAUTHORIZED) if its caller may read no row,
    /// [`GOING_AWAY`](close_code::GOING_AWAY) if the hub is closed, and [`TRY_AGAIN_LATER`](close_code::TRY_AGAIN_LATER) if
    /// no events are sent at present.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(super) fn enter(
        &self,
        principal: &Principal,
        mut sight: Sight,
        first_ping: Option<Instant>,
    ) -> Result<Entered, u16> {
        let mut state = loop {
            let state = self.state();
            if state.grants == sight.grants {
                break state;
            }
            // The class would be that of grants which have ended, and its subscriber would not be notified of that.
            drop(state);
            sight = self.sight(principal);
        };
        if state.closed {
            return Err(close_code::GOING_AWAY);
        }
        if !state.delivery.sends_events() {
            return Err(close_code::TRY_AGAIN_LATER);
        }
        let guaranteed = state.delivery == Delivery::Guaranteed;
        let thread = thread::current().id();
        let (class, shards) = state
            .classes
            .enter(&sight.readable)
            .ok_or(close_code::UNAUTHORIZED)?;
        let shard = match shards.get(&thread) {
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
                shards.insert(thread, Arc::clone(&shard));
                shard
            }
        };
        Ok(Entered {
            place: Place { class, thread },
            cursor: Cursor::new(&shard, principal, first_ping),
            guaranteed,
        })
    }

    /// Removes a subscriber, its shard if no other subscriber remains there, and its class likewise. Returns what the socket
    /// has not noticed yet.
    pub(super) fn leave(&self, place: &Place, cursor: &Cursor) -> Notice {
        // The lock is held, so that no subscriber enters a shard that is about to end.
        let mut state = self.state();
        let (notice, was_last) = cursor.leave();
        if was_last
            && !state
                .classes
                .remove(place.class, place.thread, |shard| cursor.is_in(shard))
        {
            state.retired.retain(|shard| !cursor.is_in(shard));
        }
        notice
    }

    /// Closes the sockets of all subscribers with 1001, and accepts no more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.close(close_code::GOING_AWAY);
    }

    /// Closes the sockets of the callers with this name.
    pub(crate) fn close_sockets_of(&self, name: &str, code: u16) {
        let state = self.state();
        for shard in state.classes.shards().chain(&state.retired) {
            shard.close_sockets_of(name, code);
        }
    }

    #[cfg(test)]
    pub(super) fn class_count(&self) -> usize {
        self.state().classes.len()
    }

    #[cfg(test)]
    pub(super) fn retired_count(&self) -> usize {
        self.state().retired.len()
    }

    /// Sends a change to each class of subscribers that may learn of it.
    fn send(&self, state: &HubState, change: &Change) {
        let mut frames = FrameOfAction::default();
        state
            .classes
            .for_each_receiver(change, self.description, |action, shards| {
                let frame = frames.get(action, || match action == change.action() {
                    true => self.frame(change),
                    false => self.frame(&change.as_action(action)),
                });
                for shard in shards.values() {
                    shard.push(frame.clone());
                }
            });
    }

    /// The frame of a change. An event that is too long for consumers, since the row's id is, becomes a refresh.
    pub(super) fn frame(&self, change: &Change) -> Bytes {
        let encode = |change| event::encode(&self.api, change, Uuid::new_v4(), trace::current());
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
        for shard in std::mem::take(&mut self.classes).shards() {
            shard.close(code);
        }
    }
}

impl Subscriber for Hub {
    fn notify(&self, change: &Change) {
        self.metrics.published();
        let state = self.state();
        if state.classes.is_empty() {
            return;
        }
        let span = debug_span!(
            target: "gm::trace",
            "publish",
            otel.name = format!("publish {}", self.api.resource()),
            otel.kind = "producer",
            gm.resource = self.api.resource(),
            gm.action = change.action().name(),
        );
        Traced::caused_by(span, trace::current()).run_now(|| self.send(&state, change));
    }

    /// Closes the sockets of all subscribers with 1013 if fewer changes are sent than when they subscribed.
    fn delivery_changed(&self, delivery: Delivery) {
        let mut state = self.state();
        if delivery < std::mem::replace(&mut state.delivery, delivery) {
            state.close(close_code::TRY_AGAIN_LATER);
        }
    }

    /// Makes each socket evaluate the rule of its caller again, on its own thread. It sends no event of its old class any
    /// more.
    fn grants_changed(&self) {
        let mut state = self.state();
        state.grants += 1;
        let classes = std::mem::take(&mut state.classes);
        for shard in classes.shards() {
            shard.retire();
            state.retired.push(Arc::clone(shard));
        }
    }

    /// Without rules about rows or fields, all subscribers have one class, whatever the grants are.
    fn changes_missed(&self) {
        if self.description.judges_changes() {
            self.grants_changed();
        } else {
            self.notify(&Change::refresh());
        }
    }
}

/// The encoded events of one change, one for each action.
#[derive(Default)]
struct FrameOfAction {
    create: Option<Bytes>,
    update: Option<Bytes>,
    delete: Option<Bytes>,
    refresh: Option<Bytes>,
}

impl FrameOfAction {
    fn get(&mut self, action: Action, encode: impl FnOnce() -> Bytes) -> &Bytes {
        let frame = match action {
            Action::Create => &mut self.create,
            Action::Update => &mut self.update,
            Action::Delete => &mut self.delete,
            Action::Refresh => &mut self.refresh,
        };
        frame.get_or_insert_with(encode)
    }
}
