//! What is known of the schemas of an owner, by their hashes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, Shared};

use super::verdict::Verdict;
use crate::protocol::schema_hash::SchemaHash;

/// The most schemas that are remembered: those of an owner's replicas during an update.
const MAX_VERDICTS: usize = 8;
/// The most questions in [`WINDOW`].
const MAX_QUESTIONS: u32 = 8;
/// How long a failed question is not repeated, and the time of [`MAX_QUESTIONS`].
const WINDOW: Duration = Duration::from_secs(60);
/// How long requests wait for a question, from when it began. It goes on without them.
const PATIENCE: Duration = Duration::from_secs(2);
/// The age of a question that nothing polls any more: without a tokio runtime, only the requests that wait for it do.
const LOST: Duration = Duration::from_secs(30);

/// What is known of the schemas of an owner, by their hashes.
#[derive(Default)]
pub(super) struct KnownSchemas {
    /// The hash of the last schema that fits. 0 for none.
    fitting: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The latest is the last one.
    verdicts: VecDeque<(SchemaHash, Arc<Verdict>)>,
    /// The question in flight.
    question: Option<Question>,
    pace: Pace,
}

/// A question in flight. It notes its answer itself.
#[derive(Clone)]
pub(super) struct Question {
    began: Instant,
    answered: Shared<BoxFuture<'static, ()>>,
}

impl Question {
    pub(super) fn new(answered: Shared<BoxFuture<'static, ()>>) -> Self {
        Self {
            began: Instant::now(),
            answered,
        }
    }

    /// How long a request may still wait, and for what.
    pub(super) fn wait(self) -> Option<(Duration, Shared<BoxFuture<'static, ()>>)> {
        let left = PATIENCE.checked_sub(self.began.elapsed())?;
        Some((left, self.answered))
    }
}

/// What is known of one schema.
pub(super) enum Knowledge {
    Known(Arc<Verdict>),
    /// A question in flight, which may find it out.
    Asked(Question),
    /// Nothing, and it is not the time for a question.
    Nothing,
}

impl KnownSchemas {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the schema of this hash is known to fit. This is all that a usual reply costs.
    pub(super) fn fits(&self, hash: SchemaHash) -> bool {
        self.fitting.load(Ordering::Relaxed) == hash.bits()
    }

    /// What is known of the schema of this hash. `ask` begins a question.
    pub(super) fn look_up(&self, hash: SchemaHash, ask: impl FnOnce() -> Question) -> Knowledge {
        let mut state = self.lock();
        match state.verdict(hash) {
            Some(verdict) => Knowledge::Known(verdict),
            None => state.ask(ask),
        }
    }

    /// Begins a question whatever is known, unless one is in flight.
    pub(super) fn ask_again(&self, ask: impl FnOnce() -> Question) -> Option<Question> {
        match self.lock().ask(ask) {
            Knowledge::Asked(question) => Some(question),
            Knowledge::Known(_) | Knowledge::Nothing => None,
        }
    }

    /// The verdict about the schema of this hash.
    pub(super) fn verdict(&self, hash: SchemaHash) -> Option<Arc<Verdict>> {
        self.lock().verdict(hash)
    }

    /// The latest verdict.
    pub(super) fn latest(&self) -> Option<Arc<Verdict>> {
        let state = self.lock();
        state.verdicts.back().map(|(_, verdict)| Arc::clone(verdict))
    }

    /// Forgets every schema, since the owner has none any more.
    pub(super) fn forget(&self) {
        self.fitting.store(0, Ordering::Relaxed);
        self.lock().verdicts.clear();
    }

    /// Notes the answer of the question in flight. `None` if it failed.
    pub(super) fn note(&self, answer: Option<(SchemaHash, Verdict)>) {
        let mut state = self.lock();
        state.question = None;
        let Some((hash, verdict)) = answer else {
            state.pace.fail(Instant::now());
            return;
        };
        if verdict.fits() {
            self.fitting.store(hash.bits(), Ordering::Relaxed);
        } else if self.fits(hash) {
            self.fitting.store(0, Ordering::Relaxed);
        }
        state.verdicts.retain(|(known, _)| *known != hash);
        if state.verdicts.len() >= MAX_VERDICTS {
            state.verdicts.pop_front();
        }
        state.verdicts.push_back((hash, Arc::new(verdict)));
    }
}

impl State {
    fn verdict(&self, hash: SchemaHash) -> Option<Arc<Verdict>> {
        let known = self.verdicts.iter().find(|(known, _)| *known == hash)?;
        Some(Arc::clone(&known.1))
    }

    fn ask(&mut self, ask: impl FnOnce() -> Question) -> Knowledge {
        let question = self.question.as_ref();
        if let Some(question) = question.filter(|question| question.began.elapsed() < LOST) {
            return Knowledge::Asked(question.clone());
        }
        if !self.pace.allows(Instant::now()) {
            return Knowledge::Nothing;
        }
        let question = ask();
        self.question = Some(question.clone());
        Knowledge::Asked(question)
    }
}

/// How often a schema is requested, so that one whose schema can't be read, or whose hashes change with each reply, costs little.
#[derive(Default)]
struct Pace {
    since: Option<Instant>,
    questions: u32,
}

impl Pace {
    /// Whether a question may begin now, which then counts.
    fn allows(&mut self, now: Instant) -> bool {
        if self.since.is_none_or(|since| now.duration_since(since) >= WINDOW) {
            self.since = Some(now);
            self.questions = 0;
        }
        let is_allowed = self.questions < MAX_QUESTIONS;
        self.questions = self.questions.saturating_add(u32::from(is_allowed));
        is_allowed
    }

    /// Allows no question for a while.
    fn fail(&mut self, now: Instant) {
        self.since = Some(now);
        self.questions = MAX_QUESTIONS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_question_is_repeated_after_a_minute() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        assert!(pace.allows(start));
        pace.fail(start);
        assert!(!pace.allows(start + WINDOW - Duration::from_secs(1)));
        assert!(pace.allows(start + WINDOW));
    }

    #[test]
    fn a_minute_has_eight_questions() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let allowed = (0..20).filter(|_| pace.allows(start)).count();
        assert_eq!(allowed, 8);
        assert!(pace.allows(start + WINDOW));
    }
}
