//! Where the responses on a connection begin and end.

use super::chunks::Chunks;
use super::head::{Body, Head};

/// The longest head of a response, as in actix-http.
pub(super) const MAX_HEAD: usize = 128 * 1024;
/// The most interim responses before one response.
const MAX_INTERIM: usize = 100;
/// The most bytes of all interim responses before one response.
const MAX_INTERIM_BYTES: usize = 64 * 1024;

/// Tracks what a connection expects next: which received bytes belong to the response, and whether the response has ended.
///
/// It must agree with awc's decoder on where each response ends. In a case of doubt the response extends to the end of the
/// connection, which is then not used again.
#[derive(Debug)]
pub(super) struct Framing {
    expected: Expected,
    /// Whether the requests ask for a websocket.
    upgrade: bool,
    interim: usize,
    interim_bytes: usize,
}

#[derive(Debug)]
enum Expected {
    /// Nothing: there is no outstanding request.
    Nothing,
    /// The head of the response.
    Head,
    /// This many more bytes of the body.
    Length(u64),
    /// More of a chunked body.
    Chunks(Chunks),
    /// All bytes until the end of the connection.
    Rest,
    /// Nothing more: bytes arrived that belong to no response.
    Excess,
}

/// What the bytes begin with.
pub(super) enum Start {
    /// An incomplete head.
    Partial,
    /// The head of an interim response, which ends at this offset.
    Interim(usize),
    /// The head of the response, which ends at `end`, and its [edits](Head::edits).
    Final { end: usize, edits: Vec<(usize, u8)> },
}

impl Framing {
    pub(super) fn new(upgrade: bool) -> Self {
        Self {
            expected: Expected::Nothing,
            upgrade,
            interim: 0,
            interim_bytes: 0,
        }
    }

    /// Notes that a request is written. False if the connection can't take one, since the previous response has not ended or was
    /// followed by excess bytes.
    pub(super) fn begin_request(&mut self) -> bool {
        match self.expected {
            Expected::Nothing => {
                self.expected = Expected::Head;
                (self.interim, self.interim_bytes) = (0, 0);
                true
            }
            Expected::Head => true,
            // The frames of a websocket.
            Expected::Rest => self.upgrade,
            Expected::Length(_) | Expected::Chunks(_) | Expected::Excess => false,
        }
    }

    pub(super) fn expects_head(&self) -> bool {
        matches!(self.expected, Expected::Head)
    }

    /// Whether there is no outstanding request.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.expected, Expected::Nothing)
    }

    /// Whether bytes arrived after the end of a response.
    pub(super) fn has_excess(&self) -> bool {
        matches!(self.expected, Expected::Excess)
    }

    /// Parses the start of a response. `bytes`: all bytes received of it so far.
    ///
    /// # Errors
    /// When the head or the interim responses before it are too long.
    pub(super) fn parse_head(&mut self, bytes: &[u8]) -> Result<Start, Malformed> {
        let Some(head) = Head::parse(bytes) else {
            return if bytes.len() > MAX_HEAD {
                Err(Malformed("the head of the response is too long"))
            } else {
                Ok(Start::Partial)
            };
        };
        if head.is_interim() {
            if head.is_status(b"101") {
                if !self.upgrade {
                    return Err(Malformed(
                        "a switch to another protocol that the request did not ask for",
                    ));
                }
            } else {
                self.interim += 1;
                self.interim_bytes = self.interim_bytes.saturating_add(head.end);
                if self.interim > MAX_INTERIM || self.interim_bytes > MAX_INTERIM_BYTES {
                    return Err(Malformed("too many interim responses before the response"));
                }
                return Ok(Start::Interim(head.end));
            }
        }
        self.expected = match head.body() {
            Body::None => Expected::Nothing,
            Body::Length(length) => Expected::Length(length),
            Body::Chunks => Expected::Chunks(Chunks::new()),
            Body::Rest | Body::Unannounced => Expected::Rest,
        };
        Ok(Start::Final {
            end: head.end,
            edits: head.edits(bytes),
        })
    }

    /// The number of these bytes, which were received next, that belong to the response.
    pub(super) fn take_body(&mut self, bytes: &[u8]) -> usize {
        let (taken, ended) = match &mut self.expected {
            Expected::Length(length) => {
                let taken = usize::try_from(*length).unwrap_or(usize::MAX).min(bytes.len());
                *length -= taken as u64;
                (taken, *length == 0)
            }
            Expected::Chunks(chunks) => chunks.take(bytes),
            Expected::Head | Expected::Rest => return bytes.len(),
            Expected::Nothing | Expected::Excess => (0, true),
        };
        if ended {
            self.expected = if taken == bytes.len() {
                Expected::Nothing
            } else {
                Expected::Excess
            };
        }
        taken
    }

    /// Whether the end of the connection may end the response.
    pub(super) fn may_end(&self) -> bool {
        !matches!(self.expected, Expected::Length(_) | Expected::Chunks(_))
    }

    /// The connection ended inside a head.
    pub(super) fn truncated(&mut self) {
        self.expected = Expected::Rest;
    }
}

/// Why the received bytes are not a response.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(&'static str);
