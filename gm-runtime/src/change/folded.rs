//! The changes of a transaction of many rows.

use super::Change;

/// The most changes of one manager in a transaction that are published one by one. More are one refresh, since a subscriber would
/// read everything again anyway.
pub(crate) const MAX_SINGLE_CHANGES: usize = 64;

/// The changes of one manager in a transaction, in their order. More than [`MAX_SINGLE_CHANGES`] become one refresh.
#[derive(Debug, Default)]
pub(crate) struct FoldedChanges {
    changes: Vec<Change>,
    is_folded: bool,
}

impl FoldedChanges {
    /// Adds a change.
    pub(crate) fn add(&mut self, change: Change) {
        if self.is_folded {
            return;
        }
        if self.changes.len() < MAX_SINGLE_CHANGES {
            self.changes.push(change);
        } else {
            self.is_folded = true;
            self.changes = vec![Change::refresh()];
        }
    }

    /// The changes to publish.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter()
    }
}

impl IntoIterator for FoldedChanges {
    type Item = Change;
    type IntoIter = std::vec::IntoIter<Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.changes.into_iter()
    }
}
