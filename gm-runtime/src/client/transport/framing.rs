//! Where the answers on a connection begin and end.

use super::chunks::Chunks;
use super::head::{Body, Head};

/// The longest head of an answer, as in actix-http.
pub(super) const MAX_HEAD: usize = 128 * 1024;
/// How many interim answers may come before the answer.
const MAX_INTERIM: usize = 100;
/// The most bytes that the interim answers before one answer may have together.
const MAX_INTERIM_BYTES: usize = 64 * 1024;

/// What is due on a connection: which of the bytes that come belong to the answer, and whether it has ended.
///
/// It must agree with awc's own decoder on where each answer ends. Where it can't tell, the answer counts as one that does
/// not end, and the connection is not used again.
#[derive(Debug)]
pub(super) struct Framing {
    due: Due,
    /// Whether the requests ask for a websocket.
    upgrade: bool,
    interim: usize,
    interim_bytes: usize,
}

#[derive(Debug)]
enum Due {
    /// Nothing: no request is outstanding.
    Nothing,
    /// The head of the answer.
    Head,
    /// So many bytes of the body.
    Length(u64),
    /// A body in chunks.
    Chunks(Chunks),
    /// Whatever comes until the connection ends.
    Rest,
    /// Nothing more: something came that answers no request.
    Excess,
}

/// What stands at the beginning of these bytes.
pub(super) enum Beginning {
    /// A head that is not complete.
    Partial,
    /// The head of an interim answer, which ends here.
    Interim(usize),
    /// The head of the answer, which ends at `end`, and [what is to stand in it](Head::edits).
    Final { end: usize, edits: Vec<(usize, u8)> },
}

impl Framing {
    pub(super) fn new(upgrade: bool) -> Self {
        Self {
            due: Due::Nothing,
            upgrade,
            interim: 0,
            interim_bytes: 0,
        }
    }

    /// A request is written; false where none may be, since the answer to the one before has not ended, or bytes came that
    /// belong to none.
    pub(super) fn request(&mut self) -> bool {
        match self.due {
            Due::Nothing => {
                self.due = Due::Head;
                (self.interim, self.interim_bytes) = (0, 0);
                true
            }
            Due::Head => true,
            // A websocket's frames.
            Due::Rest => self.upgrade,
            Due::Length(_) | Due::Chunks(_) | Due::Excess => false,
        }
    }

    pub(super) fn is_head_due(&self) -> bool {
        matches!(self.due, Due::Head)
    }

    /// Whether no request is outstanding.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.due, Due::Nothing)
    }

    /// Whether bytes came behind the end of an answer.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.due, Due::Excess)
    }

    /// Looks at the beginning of an answer: at all that came of it.
    ///
    /// # Errors
    /// Where too much comes before the answer.
    pub(super) fn begin(&mut self, bytes: &[u8]) -> Result<Beginning, Malformed> {
        let Some(head) = Head::parse(bytes) else {
            return if bytes.len() > MAX_HEAD {
                Err(Malformed("the head of the answer is too long"))
            } else {
                Ok(Beginning::Partial)
            };
        };
        if head.is_interim() {
            if head.is_status(b"101") {
                if !self.upgrade {
                    return Err(Malformed(
                        "a switch to another protocol, which the request did not ask for",
                    ));
                }
            } else {
                self.interim += 1;
                self.interim_bytes = self.interim_bytes.saturating_add(head.end);
                if self.interim > MAX_INTERIM || self.interim_bytes > MAX_INTERIM_BYTES {
                    return Err(Malformed("too many interim answers before the answer"));
                }
                return Ok(Beginning::Interim(head.end));
            }
        }
        self.due = match head.body() {
            Body::None => Due::Nothing,
            Body::Length(length) => Due::Length(length),
            Body::Chunks => Due::Chunks(Chunks::new()),
            Body::Rest | Body::Unannounced => Due::Rest,
        };
        Ok(Beginning::Final {
            end: head.end,
            edits: head.edits(bytes),
        })
    }

    /// How many of these bytes, which came next, belong to the answer.
    pub(super) fn body(&mut self, bytes: &[u8]) -> usize {
        let (taken, ended) = match &mut self.due {
            Due::Length(length) => {
                let taken = usize::try_from(*length).unwrap_or(usize::MAX).min(bytes.len());
                *length -= taken as u64;
                (taken, *length == 0)
            }
            Due::Chunks(chunks) => chunks.take(bytes),
            Due::Head | Due::Rest => return bytes.len(),
            Due::Nothing | Due::Excess => (0, true),
        };
        if ended {
            self.due = if taken == bytes.len() {
                Due::Nothing
            } else {
                Due::Excess
            };
        }
        taken
    }

    /// Whether an answer may end where the connection does.
    pub(super) fn may_end(&self) -> bool {
        !matches!(self.due, Due::Length(_) | Due::Chunks(_))
    }

    /// The connection ended within a head.
    pub(super) fn cut_off(&mut self) {
        self.due = Due::Rest;
    }
}

/// Why what comes can't be an answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(&'static str);
