//! The answers that are stored under idempotency keys.
//!
//! `docs/design/idempotency.md` gives the reasons.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long the answer of a request with an idempotency key is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention(Duration);

impl Default for Retention {
    fn default() -> Self {
        Self(Duration::from_secs(24 * 60 * 60))
    }
}

impl Retention {
    /// This time. Zero stores no answers.
    pub(crate) const fn new(time: Duration) -> Self {
        Self(time)
    }

    /// Stores no answers.
    pub(crate) const fn none() -> Self {
        Self(Duration::ZERO)
    }

    /// The time. `None` if no answers are stored.
    pub(crate) fn time(self) -> Option<Duration> {
        (!self.0.is_zero()).then_some(self.0)
    }

    /// The answers that were stored before this time have ended, in milliseconds since 1970.
    pub(crate) fn end(self) -> i64 {
        now().saturating_sub(self.milliseconds())
    }

    /// The answers that were stored after this time may be removed, too: the clock was ahead by more than the retention then.
    pub(crate) fn far_ahead(self) -> i64 {
        now().saturating_add(self.milliseconds())
    }

    fn milliseconds(self) -> i64 {
        i64::try_from(self.0.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The time in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The identity of a request with an idempotency key.
#[derive(Clone, Debug)]
pub(crate) struct RequestIdentity {
    /// The [beginning](Self::BEGINNING) of the key, and the hash of the caller, the resource and the key, as text. Callers can't choose
    /// the hash, so it is also the key that a gateway sends on.
    pub(crate) key: String,
    /// The hash of the method, the path and the body, and behind a dot that of what the caller may read, as text.
    pub(crate) fingerprint: String,
}

impl RequestIdentity {
    /// The characters of a key with which a stored key begins: as many as the time of a UUID of version 7 has. So the keys of consumers are
    /// neighbors in the index if they are sent at about the same time, and a commit writes few pages of it.
    pub(crate) const BEGINNING: usize = 13;
}

/// The most bytes of a stored body.
const MAX_BODY: usize = 64 * 1024;

/// The stored answer of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredAnswer {
    pub(crate) status: u16,
    /// The version of the row, for `ETag`.
    pub(crate) version: Option<i64>,
    pub(crate) body: StoredBody,
}

/// The body of a stored answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoredBody {
    /// The whole body.
    Json(String),
    /// The ids of the rows, as a URL has them, with slashes between them. The body was too long to be stored, so the rows are read again.
    /// The id of a row that the answer does not have is empty.
    Rows(String),
}

impl StoredAnswer {
    /// An answer with this body. `None` if the body is too long to be stored.
    pub(crate) fn new(status: u16, version: Option<i64>, body: Vec<u8>) -> Option<Self> {
        let body = String::from_utf8(body).ok()?;
        (body.len() <= MAX_BODY).then_some(Self {
            status,
            version,
            body: StoredBody::Json(body),
        })
    }

    /// An estimate of its bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        let (StoredBody::Json(text) | StoredBody::Rows(text)) = &self.body;
        text.len()
    }
}
