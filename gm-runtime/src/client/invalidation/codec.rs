//! A websocket codec with a limit on the length of frames.

use actix_codec::{Decoder, Encoder};
use actix_http::ws::{Codec, Frame, Message, ProtocolError};
use bytes::BytesMut;

use crate::protocol::event;

/// The longest frame, and the longest message of several frames.
pub(super) const MAX_MESSAGE: usize = event::MAX_BYTES;
/// The longest header of a server's frame.
const MAX_HEADER: usize = 10;

/// A codec that refuses a frame as soon as it has received too many bytes. actix's codec checks the length only once the frame is
/// complete.
pub(super) struct Bounded(pub(super) Codec);

impl Decoder for Bounded {
    type Item = Frame;
    type Error = ProtocolError;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Frame>, ProtocolError> {
        match self.0.decode(source)? {
            None if source.len() > MAX_MESSAGE + MAX_HEADER => Err(ProtocolError::Overflow),
            frame => Ok(frame),
        }
    }
}

impl Encoder<Message> for Bounded {
    type Error = ProtocolError;

    fn encode(&mut self, message: Message, out: &mut BytesMut) -> Result<(), ProtocolError> {
        self.0.encode(message, out)
    }
}
