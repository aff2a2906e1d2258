//! Reads the frames of a peer (RFC 6455).

use actix_web::web::Bytes;

use super::frames::{CLOSE, FINAL, PING, PONG, TEXT};
use crate::protocol::close_code::{MESSAGE_TOO_BIG, PROTOCOL_ERROR};

/// The longest frame or message that a peer may send.
const MAX_MESSAGE: u64 = 64 * 1024;
const MAX_CONTROL: u64 = 125;

const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7f;

const CONTINUATION: u8 = 0x0;
const BINARY: u8 = 0x2;

/// A frame of the peer that requires an action. Data frames are skipped.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Ping(Vec<u8>),
    Pong,
    Close,
}

/// Reads the frames of a peer.
///
/// It buffers only a header and the payload of a control frame. actix's codec buffers a whole frame, of any length.
#[derive(Debug, Default)]
pub(super) struct FrameReader {
    header: Header,
    /// The frame whose payload is not complete yet.
    frame: Option<Frame>,
    /// The length so far of a message whose last frame has not arrived.
    message: Option<u64>,
}

#[derive(Debug, Default)]
struct Header {
    bytes: [u8; 14],
    length: usize,
}

#[derive(Debug)]
struct Frame {
    opcode: u8,
    mask: [u8; 4],
    remaining: u64,
    /// The payload of a control frame.
    payload: Vec<u8>,
}

impl FrameReader {
    /// Reads from the front of `input`, up to the end of the next frame that requires an action. `None` once all of
    /// `input` is read.
    ///
    /// # Errors
    /// The close code, for a frame that violates the protocol or is too long.
    pub(super) fn read(&mut self, input: &mut Bytes) -> Result<Option<Incoming>, u16> {
        loop {
            let mut frame = match self.frame.take() {
                Some(frame) => frame,
                None => match self.header.read(input)? {
                    Some((is_final, frame)) => self.check(is_final, frame)?,
                    None => return Ok(None),
                },
            };
            frame.read(input);
            if frame.remaining > 0 {
                self.frame = Some(frame);
                return Ok(None);
            }
            match frame.opcode {
                PING => return Ok(Some(Incoming::Ping(frame.payload))),
                PONG => return Ok(Some(Incoming::Pong)),
                CLOSE => return Ok(Some(Incoming::Close)),
                _ => {}
            }
        }
    }

    /// Checks the order and the length of a frame.
    fn check(&mut self, is_final: bool, frame: Frame) -> Result<Frame, u16> {
        match frame.opcode {
            CLOSE | PING | PONG if !is_final || frame.remaining > MAX_CONTROL => {
                return Err(PROTOCOL_ERROR);
            }
            CLOSE | PING | PONG => return Ok(frame),
            TEXT | BINARY if self.message.is_none() => {}
            CONTINUATION if self.message.is_some() => {}
            _ => return Err(PROTOCOL_ERROR),
        }
        let message = self.message.unwrap_or(0).saturating_add(frame.remaining);
        if message > MAX_MESSAGE {
            return Err(MESSAGE_TOO_BIG);
        }
        self.message = (!is_final).then_some(message);
        Ok(frame)
    }
}

impl Header {
    /// Whether the frame is the last one of its message, and the frame. `None` until the whole header is received.
    fn read(&mut self, input: &mut Bytes) -> Result<Option<(bool, Frame)>, u16> {
        loop {
            if let Some(frame) = self.parse()? {
                self.length = 0;
                return Ok(Some(frame));
            }
            let (Some(slot), Some(byte)) = (self.bytes.get_mut(self.length), input.first()) else {
                return Ok(None);
            };
            *slot = *byte;
            self.length += 1;
            let _ = input.split_to(1);
        }
    }

    fn parse(&self) -> Result<Option<(bool, Frame)>, u16> {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        let Some(([first, second], rest)) = bytes.split_first_chunk() else {
            return Ok(None);
        };
        // A server must refuse a frame without a mask (RFC 6455, 5.1).
        if first & RESERVED != 0 || second & MASKED == 0 {
            return Err(PROTOCOL_ERROR);
        }
        let length: Option<(u64, &[u8])> = match second & LENGTH {
            126 => rest
                .split_first_chunk()
                .map(|(length, rest)| (u16::from_be_bytes(*length).into(), rest)),
            127 => rest
                .split_first_chunk()
                .map(|(length, rest)| (u64::from_be_bytes(*length), rest)),
            length => Some((length.into(), rest)),
        };
        let frame = length.and_then(|(remaining, mask)| {
            mask.first_chunk().map(|mask| Frame {
                opcode: first & OPCODE,
                mask: *mask,
                remaining,
                payload: Vec::new(),
            })
        });
        Ok(frame.map(|frame| (first & FINAL != 0, frame)))
    }
}

impl Frame {
    fn read(&mut self, input: &mut Bytes) {
        let length = usize::try_from(self.remaining).map_or(input.len(), |left| left.min(input.len()));
        let piece = input.split_to(length);
        self.remaining -= length as u64;
        if matches!(self.opcode, PING | PONG | CLOSE) {
            let mask = self.mask.iter().cycle().skip(self.payload.len() % 4);
            self.payload
                .extend(piece.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
        }
    }
}

/// Reads a peer's bytes in pieces of this size, for the fuzzer. Returns the frames as text, and the close code if they
/// violate the protocol.
#[cfg(fuzzing)]
pub fn fuzz_frames(bytes: &[u8], piece: usize) -> (Vec<String>, Option<u16>) {
    let (mut reader, mut read) = (FrameReader::default(), Vec::new());
    for piece in bytes.chunks(piece.max(1)) {
        let mut input = Bytes::copy_from_slice(piece);
        loop {
            match reader.read(&mut input) {
                Ok(Some(frame)) => read.push(format!("{frame:?}")),
                Ok(None) => break,
                Err(code) => return (read, Some(code)),
            }
        }
    }
    (read, None)
}
