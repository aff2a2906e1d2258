//! The prepared statements of a session, by their text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_postgres::Statement as Prepared;

/// The most texts of a session. Each shape of query of each manager is one.
const MAX_TEXTS: usize = 256;
/// The longest text that is prepared. Only the condition of a caller's rule makes longer ones, and each may take megabytes.
const MAX_TEXT: usize = 16 * 1024;

/// The prepared statements of a session, by their text.
///
/// A text is prepared at its second use. Texts that are used once, such as those of rare filters, cost the server no memory.
#[derive(Default)]
pub(super) struct StatementCache(Mutex<Texts>);

#[derive(Default)]
struct Texts {
    entries: HashMap<Arc<str>, Entry>,
    /// Counts the uses.
    clock: u64,
}

struct Entry {
    state: State,
    last_use: u64,
}

enum State {
    Used,
    Preparing,
    Prepared(Prepared),
}

/// What a session does with a text.
pub(super) enum Use {
    Prepared(Prepared),
    /// It is sent unprepared.
    Unprepared,
    /// The same, and it is prepared for the next use.
    UnpreparedNow,
}

impl StatementCache {
    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the use of a text.
    pub(super) fn use_of(&self, text: &Arc<str>) -> Use {
        if text.len() > MAX_TEXT {
            return Use::Unprepared;
        }
        let mut texts = self.texts();
        texts.clock += 1;
        let clock = texts.clock;
        if let Some(entry) = texts.entries.get_mut(text) {
            entry.last_use = clock;
            return match &entry.state {
                State::Prepared(prepared) => Use::Prepared(prepared.clone()),
                State::Preparing => Use::Unprepared,
                State::Used => {
                    entry.state = State::Preparing;
                    Use::UnpreparedNow
                }
            };
        }
        texts.insert(text, State::Used);
        Use::Unprepared
    }

    /// The prepared statement of a text, if there is one.
    pub(super) fn get(&self, text: &str) -> Option<Prepared> {
        match &self.texts().entries.get(text)?.state {
            State::Prepared(prepared) => Some(prepared.clone()),
            State::Used | State::Preparing => None,
        }
    }

    /// Keeps the prepared statement of a text. `None` if it could not be prepared.
    pub(super) fn set(&self, text: &Arc<str>, prepared: Option<Prepared>) {
        let mut texts = self.texts();
        match prepared {
            Some(prepared) if text.len() <= MAX_TEXT => texts.insert(text, State::Prepared(prepared)),
            _ => drop(texts.entries.remove(text)),
        }
    }

    /// Forgets all texts.
    pub(super) fn clear(&self) {
        self.texts().entries.clear();
    }
}

impl Texts {
    /// Adds a text in place of the one whose last use is longest ago.
    fn insert(&mut self, text: &Arc<str>, state: State) {
        if self.entries.len() >= MAX_TEXTS && !self.entries.contains_key(text) {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use);
            if let Some(oldest) = oldest.map(|(text, _)| Arc::clone(text)) {
                self.entries.remove(&oldest);
            }
        }
        let last_use = self.clock;
        self.entries.insert(Arc::clone(text), Entry { state, last_use });
    }
}
