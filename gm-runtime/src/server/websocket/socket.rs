//! One subscriber's socket.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::body::{BodySize, BodyStream, MessageBody};
use actix_web::web::{Bytes, Payload};
use futures_core::Stream;
use futures_util::{future, stream};
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::frames::{self, FrameReader, Incoming};
use super::hub::Attachment;
use super::queue::Outgoing;
use super::seats::Seat;

/// Intervals after which a peer that answered no ping is given up.
const PATIENCE: u8 = 2;

/// A subscriber's socket: the response's body, a stream of frames that are already encoded. What the peer sends is
/// read while the body is polled, so a socket needs neither a task nor a channel of its own, and a peer that does not
/// read can't make this service read on.
pub(super) struct Socket {
    attachment: Attachment,
    incoming: Payload,
    reader: FrameReader,
    pings: Interval,
    unanswered: u8,
    ended: bool,
    seat: Seat,
}

impl Socket {
    pub(super) fn new(
        attachment: Attachment,
        incoming: Payload,
        ping_interval: Duration,
        seat: Seat,
    ) -> Self {
        let mut pings = interval_at(tokio::time::Instant::now() + ping_interval, ping_interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            attachment,
            incoming,
            reader: FrameReader::default(),
            pings,
            unanswered: 0,
            ended: false,
            seat,
        }
    }

    /// Reads what the peer has sent; ready when it has gone.
    fn poll_incoming(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(Ok(mut piece)) = ready!(Pin::new(&mut self.incoming).poll_next(context)) else {
                return Poll::Ready(());
            };
            loop {
                match self.reader.read(&mut piece) {
                    Ok(Some(Incoming::Ping(payload))) => self.attachment.queue().pong(payload),
                    Ok(Some(Incoming::Pong)) => self.unanswered = 0,
                    Ok(Some(Incoming::Close)) => return self.refuse(frames::NORMAL),
                    Ok(None) => break,
                    Err(code) => return self.refuse(code),
                }
            }
        }
    }

    /// Closes from here on, without reading on.
    fn refuse(&mut self, code: u16) -> Poll<()> {
        self.attachment.queue().close(code);
        Poll::Pending
    }
}

/// The body of a socket that is opened only to be closed with this code.
pub(super) fn closing(code: u16) -> impl MessageBody + 'static {
    BodyStream::new(stream::once(future::ready(Ok::<_, Infallible>(frames::close(
        code,
    )))))
}

impl MessageBody for Socket {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let socket = self.get_mut();
        if socket.ended || socket.poll_incoming(context).is_ready() {
            socket.ended = true;
            return Poll::Ready(None);
        }
        if socket.pings.poll_tick(context).is_ready() {
            if !socket.seat.keep() || socket.unanswered >= PATIENCE {
                socket.attachment.queue().close(frames::UNANSWERED);
            } else {
                socket.unanswered += 1;
                return Poll::Ready(Some(Ok(frames::PING_FRAME)));
            }
        }
        let frame = match ready!(socket.attachment.queue().poll(context)) {
            Outgoing::Event(frame) => frame,
            Outgoing::Refresh => socket.attachment.refresh(),
            Outgoing::Pong(payload) => frames::pong(&payload),
            Outgoing::Close(code) => {
                socket.ended = true;
                frames::close(code)
            }
        };
        Poll::Ready(Some(Ok(frame)))
    }
}
