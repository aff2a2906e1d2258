//! The classes whose condition can accept a row, by the values of the row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::condition::ConditionTree;
use crate::field::Value;
use crate::manager::Record;

/// The most equalities by which a class is found. A condition that needs more is judged for each change.
const MAX_EQUALITIES: usize = 16;

/// Finds the classes whose condition can accept a row, without judging the other ones.
///
/// Most rules compare a field with an attribute of the caller: `assignee == caller.name`. Then a class can only accept rows
/// with its value in that field. Reasons: `docs/design/server.md`, "Classes".
#[derive(Default)]
pub(super) struct ClassIndex {
    /// The classes by a field and a value that their rows must have there.
    by_value: BTreeMap<u16, HashMap<Value, BTreeSet<usize>>>,
    /// The classes whose rows need no such value.
    others: BTreeSet<usize>,
}

impl ClassIndex {
    pub(super) fn add(&mut self, class: usize, condition: &ConditionTree) {
        match condition.equalities(MAX_EQUALITIES) {
            Some(equalities) => {
                for (field, value) in equalities {
                    let classes = self.by_value.entry(field).or_default();
                    classes.entry(value.clone()).or_default().insert(class);
                }
            }
            None => {
                self.others.insert(class);
            }
        }
    }

    pub(super) fn remove(&mut self, class: usize, condition: &ConditionTree) {
        let Some(equalities) = condition.equalities(MAX_EQUALITIES) else {
            self.others.remove(&class);
            return;
        };
        for (field, value) in equalities {
            let Some(classes) = self.by_value.get_mut(&field) else {
                continue;
            };
            if let Some(same_value) = classes.get_mut(value) {
                same_value.remove(&class);
                if same_value.is_empty() {
                    classes.remove(value);
                }
            }
            if classes.is_empty() {
                self.by_value.remove(&field);
            }
        }
    }

    /// The classes that can accept one of these rows, each once.
    pub(super) fn candidates<'r>(&self, rows: impl Iterator<Item = &'r Record> + Clone) -> Vec<usize> {
        let mut candidates: Vec<usize> = self.others.iter().copied().collect();
        for (field, classes) in &self.by_value {
            for row in rows.clone() {
                candidates.extend(classes.get(row.get(*field)).into_iter().flatten());
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}
