//! Frames of RFC 6455: the ones that are sent, ready to be written, and a reader of the peer's.

use actix_web::web::Bytes;

/// The longest frame, and the longest message of several, that a peer may send.
const MAX_INCOMING: u64 = 64 * 1024;
const MAX_CONTROL: u64 = 125;

const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7f;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;

/// Close code: nothing is wrong.
pub(super) const NORMAL: u16 = 1000;
/// Close code: the service is going away.
pub(super) const GOING_AWAY: u16 = 1001;
/// Close code: the peer broke the protocol.
pub(super) const PROTOCOL_ERROR: u16 = 1002;
/// Close code: a message is too big.
pub(super) const TOO_BIG: u16 = 1009;
/// Close code: the peer did not answer pings.
pub(super) const UNANSWERED: u16 = 1011;

/// Close code: what happens can't be told at present.
pub(super) const TRY_AGAIN_LATER: u16 = 1013;

/// A ping without a payload.
pub(super) const PING_FRAME: Bytes = Bytes::from_static(&[FINAL | PING, 0]);

/// A frame of text.
pub(super) fn text(text: &str) -> Bytes {
    frame(TEXT, text.as_bytes())
}

/// The answer to a ping of this payload.
pub(super) fn pong(payload: &[u8]) -> Bytes {
    frame(PONG, payload)
}

/// The end, for this reason.
pub(super) fn close(code: u16) -> Bytes {
    frame(CLOSE, &code.to_be_bytes())
}

fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(payload.len() + 10);
    frame.push(FINAL | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length <= 125 => frame.push(length),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame.into()
}

/// What a peer sent that matters: data is passed over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Ping(Vec<u8>),
    Pong,
    Close,
}

/// Reads a peer's frames.
///
/// actix's codec would hold a frame's payload until it is complete, however long it says that it is; here nothing is
/// held but a header and the payload of a control frame.
#[derive(Debug, Default)]
pub(super) struct FrameReader {
    header: Header,
    /// The frame whose payload is being read.
    frame: Option<Frame>,
    /// Bytes so far of a message of several frames.
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
    /// A control frame's payload.
    payload: Vec<u8>,
}

impl FrameReader {
    /// Takes from the front of `input` up to the end of the next frame that matters; `None` when all of it is read.
    /// An error is the code to close with.
    pub(super) fn read(&mut self, input: &mut Bytes) -> Result<Option<Incoming>, u16> {
        loop {
            let mut frame = match self.frame.take() {
                Some(frame) => frame,
                None => match self.header.read(input)? {
                    Some((is_final, frame)) => self.admit(is_final, frame)?,
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

    /// Whether a frame may come here, and be as long as it is.
    fn admit(&mut self, is_final: bool, frame: Frame) -> Result<Frame, u16> {
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
        if message > MAX_INCOMING {
            return Err(TOO_BIG);
        }
        self.message = (!is_final).then_some(message);
        Ok(frame)
    }
}

impl Header {
    /// The frame that a header announces, once all of the header is there, and whether it ends its message.
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
        // A server must not take a frame that is not masked.
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

/// Reads a peer's bytes that come in pieces of this size, for the fuzzer. The frames as text, and the close code where
/// they break the protocol.
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
