//! A subscriber's connection to the hub of its resource.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::thread::ThreadId;

use actix_web::web::Bytes;

use super::cursor::{Cursor, Outgoing};
use super::frames;
use super::hub::{Entered, Hub};
use crate::access::Principal;
use crate::change::Change;

/// A subscriber's connection to the hub of its resource. It gives the frames to send, and leaves the hub when dropped.
pub(super) struct Attachment {
    hub: Arc<Hub>,
    thread: ThreadId,
    cursor: Cursor,
    // Boxed to keep this small, since each event reads it, and pongs are rare.
    pong: Option<Box<Pong>>,
    close_code: Option<u16>,
    guaranteed: bool,
}

/// A pong that waits until the events are sent that were pending when its ping was received.
#[derive(Debug)]
struct Pong {
    /// The number of the first event that may be sent after the pong.
    before: u64,
    payload: Vec<u8>,
}

impl Attachment {
    /// Adds a subscriber on this thread. `None` if the hub is closed, or no events are sent at present.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(super) fn new(hub: &Arc<Hub>, principal: &Principal) -> Option<Self> {
        let Entered {
            thread,
            cursor,
            guaranteed,
        } = hub.enter(principal)?;
        Some(Self {
            hub: Arc::clone(hub),
            thread,
            cursor,
            pong: None,
            close_code: None,
            guaranteed,
        })
    }

    /// Whether every change reaches the subscriber.
    pub(super) fn is_guaranteed(&self) -> bool {
        self.guaranteed
    }

    /// Answers a ping, after the events that are pending now. Only the latest ping has to be answered (RFC 6455,
    /// 5.5.3).
    pub(super) fn pong(&mut self, payload: Vec<u8>) {
        self.pong = Some(Box::new(Pong {
            before: self.cursor.log_end(),
            payload,
        }));
    }

    /// Closes the socket with this code, ahead of the events that wait. The first code counts.
    pub(super) fn close(&mut self, code: u16) {
        self.close_code.get_or_insert(code);
    }

    /// Whether a ping is due. Returns true once for each ping.
    pub(super) fn take_ping(&mut self) -> bool {
        self.cursor.take_ping()
    }

    /// The next frame, and whether it is the last one.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<(Bytes, bool)> {
        if let Some(code) = self.close_code {
            return Poll::Ready((frames::close(code), true));
        }
        if let Some(pong) = self.pong.take_if(|pong| pong.before <= self.cursor.next()) {
            return Poll::Ready((frames::pong(&pong.payload), false));
        }
        let outgoing = ready!(self.cursor.poll(context));
        Poll::Ready(match outgoing {
            Outgoing::Event(frame) => (frame, false),
            Outgoing::Refresh => (self.hub.frame(&Change::refresh()), false),
            Outgoing::Close(code) => (frames::close(code), true),
        })
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.hub.leave(self.thread, &self.cursor);
    }
}
