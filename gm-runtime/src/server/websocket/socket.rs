//! The websocket of one subscriber.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BodyStream, MessageBody};
use actix_web::web::{Bytes, Payload};
use futures_core::Stream;
use futures_util::{future, stream};

use super::attachment::Attachment;
use super::connection_limit::Slot;
use super::frame_reader::{FrameReader, Incoming};
use super::frames;
use crate::protocol::close_code;

/// How many pings may be unanswered before the socket is closed.
const MAX_UNANSWERED: u8 = 2;

/// How many frames are sent before the peer's frames are read.
const MAX_BURST: u8 = 16;

/// The websocket of one subscriber, as the body of an HTTP response.
///
/// Polling the body gives encoded frames, and reads those of the peer. Reasons: `docs/design/server.md`, "A websocket
/// is the body of a response".
pub(super) struct Socket {
    attachment: Attachment,
    incoming: Payload,
    burst: u8,
    unanswered: u8,
    ended: bool,
    // Boxed, since an event needs neither of them.
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

    /// Reads the peer's frames. Ready when the connection has ended.
    fn poll_incoming(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(Ok(mut piece)) = ready!(Pin::new(&mut self.incoming).poll_next(context)) else {
                return Poll::Ready(());
            };
            loop {
                match self.reader.read(&mut piece) {
                    Ok(Some(Incoming::Ping(payload))) => self.attachment.pong(payload),
                    Ok(Some(Incoming::Pong)) => self.unanswered = 0,
                    Ok(Some(Incoming::Close)) => return self.close(close_code::NORMAL),
                    Ok(None) => break,
                    Err(code) => return self.close(code),
                }
            }
        }
    }

    /// The next frame to send.
    fn poll_frame(&mut self, context: &Context<'_>) -> Poll<Bytes> {
        let (frame, is_last) = ready!(self.attachment.poll(context));
        self.ended = is_last;
        self.burst = self.burst.saturating_add(1);
        Poll::Ready(frame)
    }

    /// Closes the socket. The peer's frames are not read any more.
    fn close(&mut self, code: u16) -> Poll<()> {
        self.attachment.close(code);
        Poll::Pending
    }
}

/// The body of a socket that is closed with this code as soon as it is open.
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
                socket.attachment.close(close_code::INTERNAL_ERROR);
            } else {
                socket.unanswered += 1;
                return Poll::Ready(Some(Ok(frames::PING_FRAME)));
            }
        }
        // The peer's frames may require a pong or a close.
        Poll::Ready(Some(Ok(ready!(socket.poll_frame(context)))))
    }
}
