//! The websocket of the consumer.

use std::time::Duration;

use shuttle::sync::atomic::Ordering;
use shuttle::sync::mpsc::channel;

use super::World;
use crate::recompiled::{Clock as _, Live};

impl World {
    /// The websocket breaks, the consumer notices, and reconnects.
    pub(crate) fn reconnect(&self) {
        self.handle_pending_events();
        *self.attached.lock().unwrap() = None;
        let live = self.live.lock().unwrap().take();
        drop(live);
        self.down.store(true, Ordering::SeqCst);
        shuttle::thread::yield_now();
        self.connect(None);
        self.handle_pending_events();
    }

    /// The consumer notices that the websocket is dead.
    pub(crate) fn end_the_websocket(&self) {
        *self.attached.lock().unwrap() = None;
        let live = self.live.lock().unwrap().take();
        drop(live);
        self.down.store(true, Ordering::SeqCst);
    }

    /// Opens another websocket before the end of the first one is noticed.
    pub(crate) fn open_another(&self) {
        self.connect(None);
    }

    pub(super) fn connect(&self, max_age: Option<Duration>) {
        let identity = self.present_identity();
        let began = self.clock.now();
        let (sender, receiver) = channel();
        // The owner attaches the subscriber before it accepts.
        *self.attached.lock().unwrap() = Some(sender);
        if self.has_identities {
            self.subscribed_as.store(identity, Ordering::SeqCst);
        }
        let at_attach = self.rev.load(Ordering::SeqCst);
        self.down.store(false, Ordering::SeqCst);
        let live = Live::begin(&self.reads, began, max_age, identity);
        if live.is_none() {
            self.down.store(true, Ordering::SeqCst);
        }
        *self.live.lock().unwrap() = live;
        self.require(at_attach);
        *self.socket.lock().unwrap() = Some(receiver);
    }
}
