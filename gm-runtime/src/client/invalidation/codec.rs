//! Websocket frames, of a bounded length.

use actix_codec::{Decoder, Encoder};
use actix_http::ws::{Codec, Frame, Message, ProtocolError};
use bytes::BytesMut;

/// The longest frame, and the longest message of several, that an owner may send. Its events have 300 bytes or so.
pub(super) const MAX_MESSAGE: usize = 64 * 1024;
/// The longest header that a server's frame can have.
const MAX_HEADER: usize = 10;

/// actix's codec waits for a whole frame before it looks whether it is too long; this one holds no more than a frame
/// may have.
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
