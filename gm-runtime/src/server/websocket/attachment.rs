//! A subscriber's connection to the hub of its resource.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::web::Bytes;

use super::cursor::{Cursor, Outgoing};
use super::frames;
use super::hub::{Entered, Hub, Place, Sight};
use crate::access::Principal;
use crate::change::Change;
use crate::protocol::close_code;

/// A subscriber's connection to the hub of its resource. It gives the frames to send, and leaves the hub when dropped.
pub(super) struct Attachment {
    hub: Arc<Hub>,
    cursor: Cursor,
    // Boxed to keep this small, since each event reads it, and pongs are rare.
    pong: Option<Box<Pong>>,
    close_code: Option<u16>,
    guaranteed: bool,
    // Boxed, since an event does not need it.
    subscriber: Box<Subscriber>,
}

/// The caller of a socket, and its place in the hub.
struct Subscriber {
    principal: Principal,
    place: Place,
}

/// A pong that waits until the events are sent that were pending when its ping was received.
#[derive(Debug)]
struct Pong {
    /// The number of the first event that may be sent after the pong.
    before: u64,
    payload: Vec<u8>,
}

impl Attachment {
    /// Adds a subscriber on this thread, with the rows in its sight.
    ///
    /// # Errors
    /// Those of [`Hub::enter`].
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(super) fn new(hub: &Arc<Hub>, principal: Principal, sight: Sight) -> Result<Self, u16> {
        let Entered {
            place,
            cursor,
            guaranteed,
        } = hub.enter(&principal, sight, None)?;
        hub.metrics.entered();
        Ok(Self {
            hub: Arc::clone(hub),
            cursor,
            pong: None,
            close_code: None,
            guaranteed,
            subscriber: Box::new(Subscriber { principal, place }),
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
            Outgoing::Refresh => {
                self.hub.metrics.folded();
                (self.hub.frame(&Change::refresh()), false)
            }
            Outgoing::Reenter => match self.reenter() {
                Ok(()) => (self.hub.frame(&Change::refresh()), false),
                Err(code) => (frames::close(code), true),
            },
            Outgoing::Close(code) => (frames::close(code), true),
        })
    }

    /// Enters the class of the caller anew, after the grants changed. A refresh has to follow: it stands for the events that
    /// waited, and for the rows that came in sight or left it.
    fn reenter(&mut self) -> Result<(), u16> {
        let principal = &self.subscriber.principal;
        let sight = self.hub.sight(principal);
        // Before the refresh, so that a change which the subscriber's next read does not see is an event after the refresh.
        let entered = self.hub.enter(principal, sight, self.cursor.next_ping())?;
        let last = std::mem::replace(&mut self.cursor, entered.cursor);
        let last_place = std::mem::replace(&mut self.subscriber.place, entered.place);
        let notice = self.hub.leave(&last_place, &last);
        self.cursor.take_over(&notice, &last);
        if let Some(code) = notice.close_code {
            return Err(code);
        }
        if self.guaranteed && !entered.guaranteed {
            return Err(close_code::TRY_AGAIN_LATER);
        }
        if let Some(pong) = &mut self.pong {
            pong.before = self.cursor.next();
        }
        Ok(())
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.hub.leave(&self.subscriber.place, &self.cursor);
        self.hub.metrics.left();
    }
}
