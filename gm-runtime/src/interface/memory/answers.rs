//! The answers of requests with an idempotency key, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::change::Change;
use crate::error::Error;
use crate::interface::{KeyedRequest, Replay, RequestIdentity, Retention, StoredAnswer, Written, now};

/// The most bytes of all answers together. The oldest are removed before their time if there are more.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What an answer takes in addition to its body: its keys, the fingerprint, and its places in the tables.
const OVERHEAD: usize = 512;

/// The stored answers.
#[derive(Default)]
pub(super) struct Answers {
    retention: Retention,
    stored: Mutex<Stored>,
}

/// The stored answers, by the keys of their requests.
#[derive(Default)]
struct Stored {
    by_key: HashMap<Arc<str>, Entry>,
    /// The keys, the oldest one first.
    order: VecDeque<Arc<str>>,
    bytes: usize,
}

struct Entry {
    fingerprint: String,
    answer: StoredAnswer,
    at: i64,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.answer.bytes().saturating_add(OVERHEAD)
    }
}

impl Answers {
    pub(super) fn new(retention: Retention) -> Self {
        Self {
            retention,
            stored: Mutex::default(),
        }
    }

    /// Whether answers are stored.
    pub(super) fn are_stored(&self) -> bool {
        self.retention.time().is_some()
    }

    /// Writes, unless the key of the request stands for something already. Stores the answer of the write.
    pub(super) fn once(
        &self,
        request: &KeyedRequest,
        write: impl FnOnce() -> Result<(Written, Option<Change>), Error>,
    ) -> Result<(Written, Option<Change>), Error> {
        let mut stored = self.lock();
        if let Some(replay) = stored.find(&request.id, self.retention) {
            return Ok((Written::Replay(Box::new(replay)), None));
        }
        let (written, change) = write()?;
        if let Some(answer) = request.answer(&written) {
            stored.store(&request.id, answer, self.retention);
        }
        Ok((written, change))
    }

    /// What the key of this request stands for already.
    pub(super) fn find(&self, request: &RequestIdentity) -> Option<Replay> {
        self.lock().find(request, self.retention)
    }

    /// Stores the answer of a request.
    pub(super) fn store(&self, request: &RequestIdentity, answer: StoredAnswer) {
        self.lock().store(request, answer, self.retention);
    }

    /// Stores the answer of a request that wrote nothing, unless its key stands for something already.
    pub(super) fn remember(&self, request: &KeyedRequest) -> Option<Replay> {
        let mut stored = self.lock();
        let replay = stored.find(&request.id, self.retention);
        if replay.is_none()
            && let Some(answer) = request.answer(&Written::Unreadable)
        {
            stored.store(&request.id, answer, self.retention);
        }
        replay
    }

    fn lock(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stored {
    /// What the key of this request stands for already.
    fn find(&self, request: &RequestIdentity, retention: Retention) -> Option<Replay> {
        let entry = self.by_key.get(&*request.key)?;
        (entry.at > retention.end()).then(|| Replay::of(request, &entry.fingerprint, entry.answer.clone()))
    }

    /// Stores an answer, and removes the oldest ones that have ended or are too many.
    fn store(&mut self, request: &RequestIdentity, answer: StoredAnswer, retention: Retention) {
        let key: Arc<str> = request.key.as_str().into();
        let entry = Entry {
            fingerprint: request.fingerprint.clone(),
            answer,
            at: now(),
        };
        self.bytes = self.bytes.saturating_add(entry.bytes());
        if let Some(ended) = self.by_key.insert(Arc::clone(&key), entry) {
            self.bytes = self.bytes.saturating_sub(ended.bytes());
            self.order.retain(|other| *other != key);
        }
        self.order.push_back(key);
        let end = retention.end();
        while let Some(oldest) = self.order.front()
            && let Some(entry) = self.by_key.get(oldest)
            && (entry.at <= end || self.bytes > MAX_BYTES)
        {
            self.bytes = self.bytes.saturating_sub(entry.bytes());
            self.by_key.remove(oldest);
            self.order.pop_front();
        }
    }
}
