//! A connection as awc reads it: of each answer the interim ones are taken out.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_rt::net::{ActixStream, Ready};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::framing::{Beginning, Framing, MAX_HEAD};
use super::head::Head;
use super::socket::{Socket, refuses_handshake};

/// How much is read at once where a head comes in pieces.
const PIECE: usize = 4 * 1024;

/// A connection that awc takes for the owner's.
///
/// awc takes the first head that comes for that of the answer, an interim one (RFC 9110, 15.2) too, and gives the connection
/// back to its pool although the answer is still to come: the next request would get it. Here awc sees no interim heads, and
/// a connection on which more came than the answer, or less, ends before it is used again.
///
/// Mostly an answer comes in one piece, head first. Then its bytes are looked at where they are, in awc's buffer.
#[derive(Debug)]
pub(super) struct HttpStream {
    socket: Socket,
    framing: Framing,
    /// What was read beyond an interim head, or of a head that came in pieces, and was not given to awc yet.
    held: BytesMut,
    /// Why no more can be written. The owner may have said why before it closed, so what it said is read first.
    broken: Option<io::Error>,
    /// Whether anything was read.
    heard: bool,
}

/// The owner refused the handshake, and so has read no request.
#[derive(Debug, thiserror::Error)]
#[error("the owner refuses this client: {0}")]
pub(super) struct Refused(io::Error);

/// The connection can't take a request, and nothing of it was written.
#[derive(Debug, thiserror::Error)]
#[error("the connection could not be used again")]
pub(super) struct Unusable;

impl HttpStream {
    /// `upgrade`: for a websocket.
    pub(super) fn new(socket: Socket, upgrade: bool) -> Self {
        Self {
            socket,
            framing: Framing::new(upgrade),
            held: BytesMut::new(),
            broken: None,
            heard: false,
        }
    }

    fn read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.socket).poll_read(cx, buf));
        let read = match read {
            Ok(()) => buf.filled().len().saturating_sub(before),
            Err(error) if !self.heard && refuses_handshake(&error) => {
                return Poll::Ready(Err(io::Error::other(Refused(error))));
            }
            Err(error) => return Poll::Ready(Err(self.broken.take().unwrap_or(error))),
        };
        self.heard |= read > 0;
        match self.broken.take() {
            Some(broken) if read == 0 => Poll::Ready(Err(broken)),
            broken => {
                self.broken = broken;
                Poll::Ready(Ok(read))
            }
        }
    }

    /// Reads the head of an answer that did not come in one piece, and what stands before it, into `held`.
    fn read_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.framing.begin(&self.held).map_err(io::Error::other)? {
                Beginning::Interim(end) => self.held.advance(end),
                Beginning::Final { end, edits } => {
                    edit(&mut self.held, edits);
                    let body = self.held.get(end..).unwrap_or_default();
                    let taken = self.framing.body(body);
                    self.held.truncate(end.saturating_add(taken));
                    return Poll::Ready(Ok(()));
                }
                Beginning::Partial => {
                    let mut piece = [0; PIECE];
                    let mut piece = ReadBuf::new(&mut piece);
                    if ready!(self.read(cx, &mut piece))? == 0 {
                        self.framing.cut_off();
                        return Poll::Ready(Ok(()));
                    }
                    self.held.extend_from_slice(piece.filled());
                }
            }
        }
    }

    /// Whether the owner refuses the request before it is written to its end (RFC 9112, 9.5), or answers no more. Asked where
    /// no more can be written now: it may read no more either. Where the answer is a success the rest is still wanted.
    fn is_refused_early(&mut self, cx: &mut Context<'_>) -> bool {
        while self.framing.is_head_due() {
            if let Some(head) = Head::parse(&self.held) {
                if !head.is_interim() {
                    return !head.is_success();
                }
                // What is wrong with it is found again where it is read.
                let Ok(Beginning::Interim(end)) = self.framing.begin(&self.held) else {
                    return true;
                };
                self.held.advance(end);
                continue;
            }
            let mut piece = [0; PIECE];
            let mut piece = ReadBuf::new(&mut piece);
            match self.read(cx, &mut piece) {
                Poll::Pending => return false,
                Poll::Ready(Ok(0) | Err(_)) => return true,
                Poll::Ready(Ok(_)) => self.held.extend_from_slice(piece.filled()),
            }
            if self.held.len() > MAX_HEAD {
                return true;
            }
        }
        false
    }

    /// Gives awc what was held back for it.
    fn give_held(&mut self, buf: &mut ReadBuf<'_>) {
        let length = self.held.len().min(buf.remaining());
        buf.put_slice(&self.held.split_to(length));
        if self.held.is_empty() {
            self.held = BytesMut::new();
        }
    }

    fn may_write(&mut self) -> io::Result<()> {
        let may_begin = self.broken.is_none() || self.framing.is_head_due();
        if may_begin && self.framing.request() {
            Ok(())
        } else {
            Err(io::Error::other(Unusable))
        }
    }

    /// Takes what can't be written of a request for written: the reason is read, or what the owner said before it closed.
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
        all: usize,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending if self.is_refused_early(cx) => {
                self.broken = Some(io::ErrorKind::BrokenPipe.into());
                Poll::Ready(Ok(all))
            }
            Poll::Ready(Err(error)) if self.framing.is_head_due() => {
                self.broken = Some(error);
                Poll::Ready(Ok(all))
            }
            written => written,
        }
    }
}

fn edit(head: &mut [u8], edits: Vec<(usize, u8)>) {
    for (place, byte) in edits {
        if let Some(place) = head.get_mut(place) {
            *place = byte;
        }
    }
}

impl AsyncRead for HttpStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.held.is_empty() {
            // The end, for awc's pool.
            if this.framing.is_over() || (this.broken.is_some() && this.framing.is_idle()) {
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            if ready!(this.read(cx, buf))? == 0 {
                // awc would take it for the end of the body.
                return Poll::Ready(match this.framing.may_end() {
                    true => Ok(()),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                });
            }
            let came = buf.filled_mut().get_mut(before..).unwrap_or_default();
            let begins = if this.framing.is_head_due() {
                Some(this.framing.begin(came).map_err(io::Error::other)?)
            } else {
                None
            };
            let end = match begins {
                None => Some(0),
                Some(Beginning::Final { end, edits }) => {
                    edit(came, edits);
                    Some(end)
                }
                Some(Beginning::Interim(end)) => {
                    this.held.extend_from_slice(came.get(end..).unwrap_or_default());
                    None
                }
                Some(Beginning::Partial) => {
                    this.held.extend_from_slice(came);
                    None
                }
            };
            if let Some(end) = end {
                let taken = this.framing.body(came.get(end..).unwrap_or_default());
                buf.set_filled(before.saturating_add(end).saturating_add(taken));
                return Poll::Ready(Ok(()));
            }
            buf.set_filled(before);
        }
        if this.framing.is_head_due() {
            ready!(this.read_head(cx))?;
        }
        this.give_held(buf);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for HttpStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.may_write()?;
        if this.broken.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut this.socket).poll_write(cx, bytes);
        this.written(cx, written, bytes.len())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.broken.is_some() {
            return Poll::Ready(Ok(()));
        }
        let flushed = Pin::new(&mut this.socket).poll_flush(cx).map_ok(|()| 0);
        this.written(cx, flushed, 0).map_ok(|_| ())
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
