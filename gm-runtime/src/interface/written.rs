//! The outcome of a write.

use super::{RequestIdentity, StoredAnswer};
use crate::manager::Record;

/// The outcome of a write.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    /// The row as it is now.
    Row(Record),
    /// The row is written, and the caller may not read it.
    Unreadable,
    /// The row is gone.
    Deleted,
    /// There was no such row.
    Missing,
    /// Nothing was written, since the idempotency key of the request is known.
    Replay(Box<Replay>),
}

/// What a key stands for already.
#[derive(Clone, Debug)]
pub(crate) enum Replay {
    /// The same request, with this answer.
    Answer(StoredAnswer),
    /// The same request of a caller that could read other rows or fields then, with the answer of that time.
    OtherSight(StoredAnswer),
    /// The same request, whose write the owner carried out earlier. A gateway has it from there.
    Forwarded(Written),
    /// Another request.
    Mismatch,
    /// A request that is still being carried out.
    InProgress,
}

impl Replay {
    /// What a key with a stored answer stands for.
    pub(crate) fn of(request: &RequestIdentity, fingerprint: &str, answer: StoredAnswer) -> Self {
        if request.fingerprint == fingerprint {
            return Self::Answer(answer);
        }
        match (request.fingerprint.split_once('.'), fingerprint.split_once('.')) {
            (Some((sent, _)), Some((stored, _))) if sent == stored => Self::OtherSight(answer),
            _ => Self::Mismatch,
        }
    }
}
