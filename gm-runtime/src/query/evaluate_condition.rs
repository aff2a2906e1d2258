//! The evaluation of a condition in memory.

use super::ConditionTree;
use crate::field::Value;
use crate::manager::{Record, Records};

/// A row, some fields of which may be unknown: a database can't decode them, or another service fills them in or
/// leaves them out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownRow<'r> {
    pub(crate) row: &'r [Value],
    /// The unknown fields. Their values in `row` mean nothing.
    pub(crate) unknown: &'r [u16],
}

impl<'r> From<&'r Record> for KnownRow<'r> {
    fn from(row: &'r Record) -> Self {
        Self {
            row: row.values(),
            unknown: row.absent(),
        }
    }
}

impl<'r> From<&'r [Value]> for KnownRow<'r> {
    fn from(row: &'r [Value]) -> Self {
        Self { row, unknown: &[] }
    }
}

impl<'r> KnownRow<'r> {
    /// Each of these rows.
    pub(crate) fn each(rows: &'r Records) -> impl ExactSizeIterator<Item = Self> {
        rows.with_unknown().map(|(row, unknown)| Self { row, unknown })
    }
}

/// The value of the field with this index. Null if the row has none.
pub(super) fn value_of(row: &[Value], field: u16) -> &Value {
    row.get(usize::from(field)).unwrap_or(&Value::Null)
}

impl<'r> KnownRow<'r> {
    /// The value of a field. `None` if it is unknown.
    pub(crate) fn get(self, field: u16) -> Option<&'r Value> {
        (!self.unknown.contains(&field)).then(|| value_of(self.row, field))
    }
}

impl ConditionTree {
    /// Whether the condition accepts this row. Outside of an update no field is changed.
    #[must_use]
    pub fn accepts(&self, row: &Record) -> bool {
        self.accepts_known(row.into())
    }

    pub(crate) fn accepts_known(&self, row: KnownRow<'_>) -> bool {
        self.accepts_update(row, row)
    }

    /// Whether the condition accepts `row`, in an update from or to `other`. It does not if the answer depends on an unknown
    /// field.
    pub(crate) fn accepts_update(&self, row: KnownRow<'_>, other: KnownRow<'_>) -> bool {
        self.evaluate(row, other) == Some(true)
    }

    /// Whether the condition accepts `row`, in an update from or to `other`. `None` if the result depends on an unknown field. Then it
    /// is unknown for the opposite too.
    pub(crate) fn evaluate(&self, row: KnownRow<'_>, other: KnownRow<'_>) -> Option<bool> {
        match self {
            Self::Constant(constant) => Some(*constant),
            Self::Lookup(lookup) => row.get(lookup.field).map(|value| lookup.matches(value)),
            Self::All(parts) => decided(parts, false, row, other),
            Self::Any(parts) => decided(parts, true, row, other),
            Self::Not(condition) => condition.evaluate(row, other).map(|accepted| !accepted),
            Self::Changed(field) => Some(row.get(*field)? != other.get(*field)?),
        }
    }
}

/// `decisive` if one of the parts is, its opposite if none is, and `None` if that depends on an unknown field.
fn decided(parts: &[ConditionTree], decisive: bool, row: KnownRow<'_>, other: KnownRow<'_>) -> Option<bool> {
    let mut result = Some(!decisive);
    for part in parts {
        match part.evaluate(row, other) {
            Some(accepted) if accepted == decisive => return Some(decisive),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}
