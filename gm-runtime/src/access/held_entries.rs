//! The audit entries of a transaction's writes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::audit::AuditEntry;

/// The audit entries of a transaction's writes, until its outcome is known.
#[derive(Default)]
pub(crate) struct HeldEntries(Mutex<Vec<AuditEntry>>);

/// Records the held entries with this outcome when it is dropped.
#[must_use = "the entries are recorded when this is dropped"]
pub(super) struct EntriesEnd<'e> {
    entries: &'e HeldEntries,
    outcome: &'static str,
}

impl HeldEntries {
    /// Holds the entry of a write.
    pub(super) fn add(&self, entry: AuditEntry) {
        self.lock().push(entry);
    }

    /// Moves the entries of steps to those of their transaction.
    pub(super) fn move_to(&self, transaction: &Self) {
        let mut entries = std::mem::take(&mut *self.lock());
        transaction.lock().append(&mut entries);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<AuditEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn end_as(&self, outcome: &'static str) -> EntriesEnd<'_> {
        EntriesEnd {
            entries: self,
            outcome,
        }
    }
}

impl EntriesEnd<'_> {
    /// Records the entries with another outcome.
    pub(super) fn end_as(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for EntriesEnd<'_> {
    fn drop(&mut self) {
        let entries = std::mem::take(&mut *self.entries.lock());
        for entry in entries {
            entry.record(self.outcome);
        }
    }
}
