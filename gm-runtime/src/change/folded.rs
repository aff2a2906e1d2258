//! The changes of a transaction of many rows.

use super::{Change, Images};
use crate::manager::Description;

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
    /// Adds a change of this manager.
    pub(crate) fn add(&mut self, change: Change, description: &'static Description) {
        self.changes.push(change);
        if self.is_folded || self.changes.len() > MAX_SINGLE_CHANGES {
            self.is_folded = true;
            let changes = self.changes.drain(..);
            let refresh = changes.reduce(|one, other| Images::fold(&one, &other, description));
            self.changes.extend(refresh);
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
