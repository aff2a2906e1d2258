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

/// Where the index has a class: the fields and values. `None` for a class that is judged for each change.
#[derive(Debug)]
pub(super) struct Entry(Option<Vec<(u16, Value)>>);

impl ClassIndex {
    /// Adds a class. A condition that needs two equalities is found by that which fewer classes need: with
    /// `tenant == 7 & assignee == "ada"`, all classes of a tenant would otherwise be judged for each row of the tenant.
    pub(super) fn add(&mut self, class: usize, condition: &ConditionTree) -> Entry {
        let class_count = |field: u16, value: &Value| {
            let classes = self.by_value.get(&field).and_then(|values| values.get(value));
            classes.map_or(0, BTreeSet::len).saturating_add(1)
        };
        let Some(equalities) = condition.equalities(MAX_EQUALITIES, &class_count) else {
            self.others.insert(class);
            return Entry(None);
        };
        for (field, value) in &equalities {
            let classes = self.by_value.entry(*field).or_default();
            classes.entry((*value).clone()).or_default().insert(class);
        }
        let owned = equalities
            .into_iter()
            .map(|(field, value)| (field, value.clone()));
        Entry(Some(owned.collect()))
    }

    pub(super) fn remove(&mut self, class: usize, entry: &Entry) {
        let Entry(Some(equalities)) = entry else {
            self.others.remove(&class);
            return;
        };
        for (field, value) in equalities {
            let Some(classes) = self.by_value.get_mut(field) else {
                continue;
            };
            if let Some(same_value) = classes.get_mut(value) {
                same_value.remove(&class);
                if same_value.is_empty() {
                    classes.remove(value);
                }
            }
            if classes.is_empty() {
                self.by_value.remove(field);
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

#[cfg(test)]
mod tests {
    use super::{ClassIndex, Entry};
    use crate::condition::{ConditionTree, Lookup, Operand, Operator};
    use crate::field::Value;
    use crate::manager::Record;

    const TENANT: i64 = 7;

    fn equals(field: u16, value: i64) -> ConditionTree {
        ConditionTree::Lookup(Lookup {
            field,
            operator: Operator::Exact,
            operand: Operand::Value(Value::Integer(value)),
        })
    }

    fn candidates(index: &ClassIndex, tenant: i64, owner: i64) -> Vec<usize> {
        let row = Record::new(vec![Value::Integer(tenant), Value::Integer(owner)]);
        index.candidates([&row].into_iter())
    }

    /// An index of 100 classes, `tenant == 7 & owner == n` in both orders, and the entries.
    fn of_one_tenant() -> (ClassIndex, Vec<Entry>) {
        let mut index = ClassIndex::default();
        let entries = (0_u8..100).map(|class| {
            let (tenant, owner) = (equals(0, TENANT), equals(1, class.into()));
            let condition = match class % 2 {
                0 => tenant.and(owner),
                _ => owner.and(tenant),
            };
            index.add(class.into(), &condition)
        });
        let entries = entries.collect();
        (index, entries)
    }

    #[test]
    fn a_class_is_found_by_the_equality_that_fewer_classes_need() {
        let (index, _) = of_one_tenant();
        for owner in 0_u8..100 {
            let found = candidates(&index, TENANT, owner.into());
            assert!(found.contains(&owner.into()), "{owner}: {found:?}");
            assert!(found.len() <= 2, "{owner}: {found:?}");
        }
    }

    #[test]
    fn a_removed_class_leaves_nothing_behind() {
        let (mut index, entries) = of_one_tenant();
        for ((class, entry), owner) in entries.iter().enumerate().zip(0..) {
            index.remove(class, entry);
            assert!(!candidates(&index, TENANT, owner).contains(&class));
        }
        assert!(index.by_value.is_empty() && index.others.is_empty());
    }
}
