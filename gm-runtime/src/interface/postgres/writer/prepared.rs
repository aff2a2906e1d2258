//! The prepared statements of the writer's session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::session::{Prepared, Session};
use super::super::statement::Statement;

/// The most texts. Each manager has three, and one for each set of fields that is updated.
const MAX_TEXTS: usize = 256;

/// The prepared statements of the writer's session.
///
/// The session itself prepares a text in the background. That may fail, for example for a locked table, and would then abort the
/// transaction that is open meanwhile. So the writer prepares its texts between two transactions, at their second use.
#[derive(Default)]
pub(super) struct PreparedStatements(Mutex<Texts>);

#[derive(Default)]
struct Texts {
    known: HashMap<Arc<str>, Option<Prepared>>,
    /// The last one that was looked up. Most statements of a transaction have one text, which takes long to hash.
    last: Option<(Arc<str>, Prepared)>,
    /// The statements that are prepared next.
    due: Vec<Statement>,
}

impl PreparedStatements {
    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The prepared statement of a text, if there is one. Notes the use.
    pub(super) fn get(&self, statement: &Statement) -> Option<Prepared> {
        let mut texts = self.texts();
        if let Some((text, prepared)) = &texts.last
            && Arc::ptr_eq(text, &statement.text)
        {
            return Some(prepared.clone());
        }
        match texts.known.get(&statement.text) {
            Some(Some(prepared)) => {
                let prepared = prepared.clone();
                texts.last = Some((Arc::clone(&statement.text), prepared.clone()));
                Some(prepared)
            }
            Some(None) => {
                if !texts.due.iter().any(|due| due.text == statement.text) {
                    texts.due.push(statement.clone());
                }
                None
            }
            None => {
                if texts.known.len() >= MAX_TEXTS {
                    texts.known.clear();
                }
                texts.known.insert(Arc::clone(&statement.text), None);
                None
            }
        }
    }

    /// Prepares the texts that were used a second time, outside of a transaction.
    pub(super) async fn prepare_due(&self, session: &Session) {
        let due = std::mem::take(&mut self.texts().due);
        for statement in due {
            // After an error the text is sent unprepared, and its own error tells more.
            if let Ok(prepared) = session.prepare(&statement).await {
                self.texts().known.insert(statement.text, Some(prepared));
            }
        }
    }
}
