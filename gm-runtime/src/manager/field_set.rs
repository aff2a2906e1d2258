//! Sets of fields.

use std::sync::Arc;

use super::Description;

/// A set of the fields of one manager, including its computed fields. The set of every field takes no memory of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FieldSet {
    /// A bit for each field, in the order of the description. Those of the computed fields follow. `None` for every field.
    words: Option<Arc<[u64]>>,
}

const BITS: usize = u64::BITS as usize;

impl FieldSet {
    /// Every field.
    pub(crate) const ALL: Self = Self { words: None };

    /// The fields of the manager for whose index the function returns true.
    pub(crate) fn of(description: &Description, contains: impl Fn(u16) -> bool) -> Self {
        let fields: Vec<_> = (0..).take(description.field_count()).collect();
        if fields.iter().all(|field| contains(*field)) {
            return Self::ALL;
        }
        let word = |fields: &[u16]| {
            let bits = fields.iter().rev().map(|field| u64::from(contains(*field)));
            bits.fold(0, |word, bit| word << 1 | bit)
        };
        Self {
            words: Some(fields.chunks(BITS).map(word).collect()),
        }
    }

    /// Whether the set has every field.
    pub(crate) const fn is_all(&self) -> bool {
        self.words.is_none()
    }

    /// Whether the set has the field with this index.
    pub(crate) fn contains(&self, field: u16) -> bool {
        let Some(words) = &self.words else {
            return true;
        };
        let (word, bit) = (usize::from(field) / BITS, usize::from(field) % BITS);
        words.get(word).is_some_and(|word| word >> bit & 1 == 1)
    }

    /// The index of the field with this wire name, if the set has it.
    pub(crate) fn index_of(&self, description: &Description, name: &str) -> Option<u16> {
        description
            .field_index(name)
            .filter(|field| self.contains(*field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manager::FieldDescription;

    static FIELDS: [FieldDescription; 70] = [const { FieldDescription::new::<i64>("field") }; 70];

    #[test]
    fn a_set_of_more_than_64_fields_has_the_chosen_fields() {
        let description = Description::new::<i64>("Wide", &FIELDS, 0);
        let set = FieldSet::of(&description, |field| field % 3 != 1);
        assert!(!set.is_all());
        for field in 0..70_u16 {
            assert_eq!(set.contains(field), field % 3 != 1, "{field}");
        }
        assert!(!set.contains(70));
        assert_eq!(FieldSet::of(&description, |_| true), FieldSet::ALL);
    }
}
