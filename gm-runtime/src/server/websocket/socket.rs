//! One subscriber's socket.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BodyStream, MessageBody};
use actix_web::web::{Bytes, Payload};
use futures_core::Stream;
use futures_util::{future, stream};

use super::connection_limit::Slot;
use super::frames::{self, FrameReader, Incoming};
use super::hub::Attachment;

/// Intervals after which a peer that answered no ping is given up.
const MAX_UNANSWERED: u8 = 2;

/// Frames that are sent in a row before the peer is listened to.
const MAX_BURST: u8 = 16;

/// A subscriber's socket: the response's body, a stream of frames that are already encoded. What the peer sends is
/// read while the body is polled, so a socket needs neither a task nor a channel of its own, and a peer that does not
/// read can't make this service read on.
pub(super) struct Socket {
    attachment: Attachment,
    incoming: Payload,
    burst: u8,
    unanswered: u8,
    ended: bool,
    // Elsewhere in memory, since an event does not touch them.
    reader: Box<FrameReader>,
    slot: Box<Slot>,
}

impl Socket {
    pub(super) fn new(attachment: Attachment, incoming: Payload, slot: Slot) -> Self {
        Self {
            attachment,
            incoming,
            burst: 0,
            unanswered: 0,
            ended: false,
            reader: Box::default(),
            slot: Box::new(slot),
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
                    Ok(Some(Incoming::Ping(payload))) => self.attachment.pong(payload),
                    Ok(Some(Incoming::Pong)) => self.unanswered = 0,
                    Ok(Some(Incoming::Close)) => return self.close(frames::NORMAL),
                    Ok(None) => break,
                    Err(code) => return self.close(code),
                }
            }
        }
    }

    /// The frame that is to be sent next.
    fn poll_frame(&mut self, context: &Context<'_>) -> Poll<Bytes> {
        let (frame, is_last) = ready!(self.attachment.poll(context));
        self.ended = is_last;
        self.burst = self.burst.saturating_add(1);
        Poll::Ready(frame)
    }

    /// Closes from here on, without reading on.
    fn close(&mut self, code: u16) -> Poll<()> {
        self.attachment.close(code);
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
        if socket.ended {
            return Poll::Ready(None);
        }
        if socket.burst < MAX_BURST
            && let Poll::Ready(frame) = socket.poll_frame(context)
        {
            return Poll::Ready(Some(Ok(frame)));
        }
        socket.burst = 0;
        if socket.poll_incoming(context).is_ready() {
            socket.ended = true;
            return Poll::Ready(None);
        }
        if socket.attachment.take_ping() {
            if !socket.slot.renew() || socket.unanswered >= MAX_UNANSWERED {
                socket.attachment.close(frames::UNANSWERED);
            } else {
                socket.unanswered += 1;
                return Poll::Ready(Some(Ok(frames::PING_FRAME)));
            }
        }
        // What the peer sent may want an answer.
        Poll::Ready(Some(Ok(ready!(socket.poll_frame(context)))))
    }
}
