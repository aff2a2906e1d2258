//! The changes of a transaction, until its commit.

use crate::change::{Change, Joined, MAX_SINGLE_CHANGES};
use crate::manager::Description;

/// The changes of a transaction, in the order of its writes. `T` is where the changes of a manager are published, and `C` what is
/// published.
#[derive(Clone)]
pub(crate) struct TransactionChanges<T, C = Change> {
    managers: Vec<ManagerChanges<T>>,
    /// Each change, and the place of its manager.
    changes: Vec<(usize, C)>,
}

#[derive(Clone)]
struct ManagerChanges<T> {
    description: &'static Description,
    target: T,
    count: usize,
    /// Whether all changes are one refresh.
    is_folded: bool,
}

impl<T, C> Default for TransactionChanges<T, C> {
    fn default() -> Self {
        Self {
            managers: Vec::new(),
            changes: Vec::new(),
        }
    }
}

impl<T, C> TransactionChanges<T, C> {
    /// Joins the change of a write with an earlier one of the same row. `join` has what is left of a change of this manager and the
    /// given one, and `None` for another row. Returns false if there is none, and the change is to be [added](Self::add).
    ///
    /// The states of a row within a transaction are seen by no other reader. A row that is in sight only there must not be announced.
    pub(crate) fn join(&mut self, join: impl Fn(&'static Description, &C) -> Option<Joined<C>>) -> bool {
        let managers = &self.managers;
        let mut changes = self.changes.iter().enumerate().rev();
        let found = changes.find_map(|(earlier, (place, change))| {
            let manager = managers.get(*place)?;
            Some((earlier, *place, join(manager.description, change)?))
        });
        let Some((earlier, place, joined)) = found else {
            return false;
        };
        match joined {
            Joined::One(change) => {
                if let Some((_, slot)) = self.changes.get_mut(earlier) {
                    *slot = change;
                }
            }
            Joined::Nothing => {
                self.changes.remove(earlier);
                if let Some(manager) = self.managers.get_mut(place) {
                    manager.count = manager.count.saturating_sub(1);
                }
            }
        }
        true
    }

    /// The changes, with the managers that they are of.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&'static Description, &mut C)> {
        let managers = &self.managers;
        self.changes
            .iter_mut()
            .filter_map(|(place, change)| Some((managers.get(*place)?.description, change)))
    }

    /// Adds the change of a write. `fold` makes one refresh in place of two changes, and so of all changes of the manager if there
    /// are too many. The memory is bounded by the number of managers.
    ///
    /// `is_refresh`: the change is of many rows. One of them may be written again, and the change of that write would be judged by what
    /// the row is in between. So all changes are one refresh, if a rule for reading depends on the row.
    pub(crate) fn add(
        &mut self,
        description: &'static Description,
        target: impl FnOnce() -> T,
        (change, is_refresh): (C, bool),
        fold: impl Fn(C, C) -> C,
    ) {
        let mut managers = self.managers.iter();
        let place = managers
            .position(|manager| std::ptr::eq(manager.description, description))
            .unwrap_or_else(|| {
                self.managers.push(ManagerChanges {
                    description,
                    target: target(),
                    count: 0,
                    is_folded: false,
                });
                self.managers.len() - 1
            });
        let Some(manager) = self.managers.get_mut(place) else {
            return;
        };
        manager.count = manager.count.saturating_add(1);
        manager.is_folded |= manager.count > MAX_SINGLE_CHANGES || (is_refresh && description.has_row_rule());
        if !manager.is_folded {
            self.changes.push((place, change));
            return;
        }
        let earlier = self.changes.extract_if(.., |(other, _)| *other == place);
        let earlier = earlier.map(|(_, earlier)| earlier).reduce(&fold);
        let refresh = match earlier {
            Some(earlier) => fold(earlier, change),
            None => change,
        };
        self.changes.push((place, refresh));
    }

    /// The changes to publish, and where.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&T, &C)> {
        self.changes
            .iter()
            .filter_map(|(place, change)| Some((&self.managers.get(*place)?.target, change)))
    }
}
