//! Writes with an idempotency key.
//!
//! `docs/design/idempotency.md` gives the reasons.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{RequestIdentity, StoredAnswer, Written};

/// The idempotency key of a write.
#[derive(Clone, Debug)]
pub(crate) enum IdempotencyKey {
    /// The key of a verb, for the owner of the rows.
    Verb(String),
    /// The key of a request that this service received.
    Request(Box<KeyedRequest>),
}

impl IdempotencyKey {
    /// The key that another service receives.
    pub(crate) fn into_sent(self) -> String {
        match self {
            Self::Verb(key) => key,
            Self::Request(request) => request.id.key,
        }
    }

    /// The received request.
    pub(crate) fn request(&self) -> Option<&KeyedRequest> {
        match self {
            Self::Verb(_) => None,
            Self::Request(request) => Some(request),
        }
    }
}

/// A request with an idempotency key, whose answer the storage stores in the transaction of the write.
#[derive(Clone)]
pub(crate) struct KeyedRequest {
    pub(crate) id: RequestIdentity,
    /// `None` if nothing is stored.
    answer: Option<MakeAnswer>,
}

type MakeAnswer = Arc<dyn Fn(&Written) -> StoredAnswer + Send + Sync>;

impl KeyedRequest {
    /// `answer` makes the answer to the write.
    pub(crate) fn new(
        id: RequestIdentity,
        answer: impl Fn(&Written) -> StoredAnswer + Send + Sync + 'static,
    ) -> Self {
        Self {
            id,
            answer: Some(Arc::new(answer)),
        }
    }

    /// A request whose key is looked up, and under which nothing is stored.
    pub(crate) fn look_up(id: RequestIdentity) -> Self {
        Self { id, answer: None }
    }

    /// A request whose answer is known.
    pub(crate) fn answered(id: RequestIdentity, answer: StoredAnswer) -> Self {
        Self::new(id, move |_| answer.clone())
    }

    /// The answer to a write that was carried out. `None` for a row that does not exist, which is a refusal.
    ///
    /// A rule of the application may panic. The row is left out of the answer then.
    pub(crate) fn answer(&self, written: &Written) -> Option<StoredAnswer> {
        if let Written::Missing | Written::Replay(_) = written {
            return None;
        }
        let make = self.answer.as_ref()?;
        let answer = catch_unwind(AssertUnwindSafe(|| make(written)));
        answer
            .or_else(|_| catch_unwind(AssertUnwindSafe(|| make(&Written::Unreadable))))
            .ok()
    }
}

impl fmt::Debug for KeyedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedRequest")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
