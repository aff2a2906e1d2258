//! The subscribers of one resource.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::web::Bytes;
use uuid::Uuid;

use super::frames;
use super::queue::Queue;
use crate::change::{Change, Coverage, Subscriber};
use crate::manager::Api;
use crate::protocol::event;

/// The subscribers of one resource. A change is encoded once, and its frame shared by all of them.
pub(crate) struct Hub {
    api: Api,
    queue_capacity: usize,
    attached: Mutex<Attached>,
}

#[derive(Default)]
struct Attached {
    closed: bool,
    coverage: Coverage,
    // Keyed by the queue's address, so that a subscriber among thousands is let go of at once.
    queues: HashMap<usize, Arc<Queue>>,
}

impl Hub {
    pub(crate) fn new(api: Api, queue_capacity: usize) -> Self {
        Self {
            api,
            queue_capacity,
            attached: Mutex::default(),
        }
    }

    fn attached(&self) -> MutexGuard<'_, Attached> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new subscriber's queue, which every change published from now on reaches; `None` once the hub is closed,
    /// and while changes are missed.
    pub(super) fn attach(self: &Arc<Self>) -> Option<Attachment> {
        let queue = Arc::new(Queue::new(self.queue_capacity));
        let mut attached = self.attached();
        if attached.closed || !attached.coverage.is_some() {
            return None;
        }
        let promised = attached.coverage == Coverage::Everything;
        attached.queues.insert(key(&queue), Arc::clone(&queue));
        drop(attached);
        Some(Attachment {
            hub: Arc::clone(self),
            queue,
            promised,
        })
    }

    /// Closes every subscriber's socket with 1001, and takes no more.
    pub(crate) fn close(&self) {
        let mut attached = self.attached();
        attached.closed = true;
        for queue in attached.queues.values() {
            queue.close(frames::GOING_AWAY);
        }
    }

    /// The frame that tells of a change.
    fn frame(&self, change: &Change) -> Bytes {
        frames::text(&event::encode(&self.api, change, Uuid::new_v4()))
    }
}

impl Subscriber for Hub {
    fn notify(&self, change: &Change) {
        let attached = self.attached();
        if attached.queues.is_empty() {
            return;
        }
        let frame = self.frame(change);
        for queue in attached.queues.values() {
            queue.push(frame.clone());
        }
    }

    /// Closes every subscriber's socket with 1013 where less is told than when it was opened.
    fn covered(&self, coverage: Coverage) {
        let mut attached = self.attached();
        if coverage < std::mem::replace(&mut attached.coverage, coverage) {
            for queue in attached.queues.values() {
                queue.close(frames::TRY_AGAIN_LATER);
            }
        }
    }
}

fn key(queue: &Arc<Queue>) -> usize {
    Arc::as_ptr(queue).addr()
}

/// A subscriber's place in a hub, given up when it is dropped.
pub(super) struct Attachment {
    hub: Arc<Hub>,
    queue: Arc<Queue>,
    promised: bool,
}

impl Attachment {
    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Whether every change reaches the queue.
    pub(super) fn is_promised(&self) -> bool {
        self.promised
    }

    /// The frame of a refresh.
    pub(super) fn refresh(&self) -> Bytes {
        self.hub.frame(&Change::refresh())
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.hub.attached().queues.remove(&key(&self.queue));
    }
}
