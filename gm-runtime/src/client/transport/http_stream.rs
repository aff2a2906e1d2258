//! A connection for awc: hides interim responses, and separates the responses from each other.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_rt::net::{ActixStream, Ready};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::framing::{Framing, MAX_HEAD, Start};
use super::head::Head;
use super::socket::{Socket, refuses_handshake};

/// The size of a read while a head is incomplete.
const PIECE: usize = 4 * 1024;

/// A connection to an owner, as awc sees it.
///
/// awc takes an interim response (RFC 9110, 15.2) for the response itself, and returns the connection to its pool. The next request
/// would then get the response of this one. So this stream removes interim responses. It also ends a connection that
/// received more or less than one response, before awc uses it again.
///
/// A response that arrives in one piece, as most do, is parsed in place, in awc's buffer.
#[derive(Debug)]
pub(super) struct HttpStream {
    socket: Socket,
    framing: Framing,
    /// Bytes that awc has not received yet: an incomplete head, or bytes behind an interim response.
    buffered: BytesMut,
    /// The error after which nothing more can be written. The owner may have responded before it closed the connection, so the
    /// response is read first.
    write_error: Option<io::Error>,
    /// Whether the owner has sent any bytes.
    has_read: bool,
}

/// The owner refused the TLS handshake, and so did not read the request.
#[derive(Debug, thiserror::Error)]
#[error("the owner refuses this client: {0}")]
pub(super) struct Refused(io::Error);

/// The connection can't take another request. Nothing of the request was written.
#[derive(Debug, thiserror::Error)]
#[error("the connection could not be used again")]
pub(super) struct Unusable;

impl HttpStream {
    /// `upgrade`: whether the connection is for a websocket.
    pub(super) fn new(socket: Socket, upgrade: bool) -> Self {
        Self {
            socket,
            framing: Framing::new(upgrade),
            buffered: BytesMut::new(),
            write_error: None,
            has_read: false,
        }
    }

    fn read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.socket).poll_read(cx, buf));
        let read = match read {
            Ok(()) => buf.filled().len().saturating_sub(before),
            Err(error) if !self.has_read && refuses_handshake(&error) => {
                return Poll::Ready(Err(io::Error::other(Refused(error))));
            }
            Err(error) => return Poll::Ready(Err(self.write_error.take().unwrap_or(error))),
        };
        self.has_read |= read > 0;
        match self.write_error.take() {
            // The framing judges the end of a response that began: a refusal may end with its connection.
            Some(error) if read == 0 && self.framing.expects_head() => Poll::Ready(Err(error)),
            error => {
                self.write_error = error;
                Poll::Ready(Ok(read))
            }
        }
    }

    /// Reads the head of a response that arrived in pieces, and the interim responses before it, into `buffered`.
    fn read_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self
                .framing
                .parse_head(&self.buffered)
                .map_err(io::Error::other)?
            {
                Start::Interim(end) => self.buffered.advance(end),
                Start::Final { end, edits } => {
                    edit(&mut self.buffered, edits);
                    let body = self.buffered.get(end..).unwrap_or_default();
                    let taken = self.framing.take_body(body);
                    self.buffered.truncate(end.saturating_add(taken));
                    return Poll::Ready(Ok(()));
                }
                Start::Partial => {
                    let mut piece = [0; PIECE];
                    let mut piece = ReadBuf::new(&mut piece);
                    if ready!(self.read(cx, &mut piece))? == 0 {
                        self.framing.truncated();
                        return Poll::Ready(Ok(()));
                    }
                    self.buffered.extend_from_slice(piece.filled());
                }
            }
        }
    }

    /// Whether the owner refuses the request before it was written completely (RFC 9112, 9.5), or has closed the connection. Called
    /// when the write blocks, since an owner that refuses may not read the rest. After a response of success, the owner still
    /// reads it.
    fn is_refused_early(&mut self, cx: &mut Context<'_>) -> bool {
        while self.framing.expects_head() {
            if let Some(head) = Head::parse(&self.buffered) {
                if !head.is_interim() {
                    return !head.is_success();
                }
                // The read will report the error.
                let Ok(Start::Interim(end)) = self.framing.parse_head(&self.buffered) else {
                    return true;
                };
                self.buffered.advance(end);
                continue;
            }
            let mut piece = [0; PIECE];
            let mut piece = ReadBuf::new(&mut piece);
            match self.read(cx, &mut piece) {
                Poll::Pending => return false,
                Poll::Ready(Ok(0) | Err(_)) => return true,
                Poll::Ready(Ok(_)) => self.buffered.extend_from_slice(piece.filled()),
            }
            if self.buffered.len() > MAX_HEAD {
                return true;
            }
        }
        false
    }

    /// Copies the buffered bytes to awc.
    fn give_buffered(&mut self, buf: &mut ReadBuf<'_>) {
        let length = self.buffered.len().min(buf.remaining());
        buf.put_slice(&self.buffered.split_to(length));
        if self.buffered.is_empty() {
            self.buffered = BytesMut::new();
        }
    }

    fn check_writable(&mut self) -> io::Result<()> {
        let can_write = self.write_error.is_none() || self.framing.expects_head();
        if can_write && self.framing.begin_request() {
            Ok(())
        } else {
            Err(io::Error::other(Unusable))
        }
    }

    /// Reports bytes that can't be written as written, so that awc reads the response, which tells the reason.
    fn finish_write(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
        all: usize,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending if self.is_refused_early(cx) => {
                self.write_error = Some(io::ErrorKind::BrokenPipe.into());
                Poll::Ready(Ok(all))
            }
            Poll::Ready(Err(error)) if self.framing.expects_head() => {
                self.write_error = Some(error);
                Poll::Ready(Ok(all))
            }
            written => written,
        }
    }
}

fn edit(head: &mut [u8], edits: Vec<(usize, u8)>) {
    for (offset, byte) in edits {
        if let Some(target) = head.get_mut(offset) {
            *target = byte;
        }
    }
}

impl AsyncRead for HttpStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.buffered.is_empty() {
            // awc's pool does not use the connection again after this end.
            if this.framing.has_excess() || (this.write_error.is_some() && this.framing.is_idle()) {
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            if ready!(this.read(cx, buf))? == 0 {
                // Without an error awc would take this for the end of the body.
                return Poll::Ready(match this.framing.may_end() {
                    true => Ok(()),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                });
            }
            let received = buf.filled_mut().get_mut(before..).unwrap_or_default();
            let start = if this.framing.expects_head() {
                Some(this.framing.parse_head(received).map_err(io::Error::other)?)
            } else {
                None
            };
            let end = match start {
                None => Some(0),
                Some(Start::Final { end, edits }) => {
                    edit(received, edits);
                    Some(end)
                }
                Some(Start::Interim(end)) => {
                    this.buffered
                        .extend_from_slice(received.get(end..).unwrap_or_default());
                    None
                }
                Some(Start::Partial) => {
                    this.buffered.extend_from_slice(received);
                    None
                }
            };
            if let Some(end) = end {
                let taken = this.framing.take_body(received.get(end..).unwrap_or_default());
                buf.set_filled(before.saturating_add(end).saturating_add(taken));
                return Poll::Ready(Ok(()));
            }
            buf.set_filled(before);
        }
        if this.framing.expects_head() {
            ready!(this.read_head(cx))?;
        }
        this.give_buffered(buf);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for HttpStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.check_writable()?;
        if this.write_error.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut this.socket).poll_write(cx, bytes);
        this.finish_write(cx, written, bytes.len())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.write_error.is_some() {
            return Poll::Ready(Ok(()));
        }
        let flushed = Pin::new(&mut this.socket).poll_flush(cx).map_ok(|()| 0);
        this.finish_write(cx, flushed, 0).map_ok(|_| ())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}

impl ActixStream for HttpStream {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        self.socket.poll_read_ready(cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        self.socket.poll_write_ready(cx)
    }
}
