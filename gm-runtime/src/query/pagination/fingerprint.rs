//! Fingerprints of rows, which tell whether a row has moved.

use std::hash::{BuildHasher, RandomState};

use crate::field::Value;
use crate::query::OrderBy;

/// The fingerprint of a row: its id, and a hash of the values that the query is ordered by.
///
/// A row with the same fingerprint as before has the same position among the rows that did not change.
pub(crate) type Fingerprint = (Value, u64);

/// Makes the fingerprints of the rows of one query.
#[derive(Clone, Debug)]
pub(crate) struct Fingerprints {
    ordering: Vec<u16>,
    hasher: RandomState,
}

impl Fingerprints {
    pub(crate) fn new(ordering: &[OrderBy]) -> Self {
        Self {
            ordering: ordering.iter().map(|order| order.field).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Whether a fingerprint contains more than the id.
    pub(crate) fn needs_values(&self) -> bool {
        !self.ordering.is_empty()
    }

    /// The fingerprint of the row with this id and these values. The values may be empty unless they are
    /// [needed](Self::needs_values).
    pub(crate) fn of_row(&self, id: Value, values: &[Value]) -> Fingerprint {
        let ordered_by = |field: &u16| values.get(usize::from(*field));
        let sort_key: Vec<_> = self.ordering.iter().map(ordered_by).collect();
        let hash = if sort_key.is_empty() {
            0
        } else {
            self.hasher.hash_one(sort_key)
        };
        (id, hash)
    }
}
