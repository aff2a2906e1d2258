//! The rows with which a guard refused a write, for the log.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::field::Value;
use crate::query::KnownRow;

/// A rule of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GuardRule {
    /// The rule for the stored row.
    Before,
    /// The rule for the row as it will be.
    After,
}

/// The rule that refused a write, and the rows that it was judged with.
pub(crate) struct RefusedWrite {
    pub(crate) rule: GuardRule,
    row: OwnedRow,
    /// In an update the row as it was, or as it would be.
    other: Option<OwnedRow>,
}

impl RefusedWrite {
    pub(super) fn new(rule: GuardRule, row: KnownRow<'_>, other: Option<KnownRow<'_>>) -> Self {
        Self {
            rule,
            row: row.into(),
            other: other.map(OwnedRow::from),
        }
    }

    /// The row that the rule did not accept.
    pub(crate) fn row(&self) -> KnownRow<'_> {
        self.row.known()
    }

    /// In an update the row as it was, or as it would be.
    pub(crate) fn other(&self) -> Option<KnownRow<'_>> {
        self.other.as_ref().map(OwnedRow::known)
    }
}

struct OwnedRow {
    values: Vec<Value>,
    unknown: Vec<u16>,
}

impl From<KnownRow<'_>> for OwnedRow {
    fn from(row: KnownRow<'_>) -> Self {
        Self {
            values: row.row.to_vec(),
            unknown: row.unknown.to_vec(),
        }
    }
}

impl OwnedRow {
    fn known(&self) -> KnownRow<'_> {
        KnownRow {
            row: &self.values,
            unknown: &self.unknown,
        }
    }
}

/// The last write that a guard refused.
#[derive(Default)]
pub(crate) struct LastRefusal(Mutex<Option<RefusedWrite>>);

impl LastRefusal {
    pub(super) fn set(&self, write: RefusedWrite) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(write);
    }

    pub(crate) fn take(&self) -> Option<RefusedWrite> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Without the values of rows.
impl fmt::Debug for LastRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LastRefusal(..)")
    }
}
