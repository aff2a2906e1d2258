//! The error of a record.

use super::IdText;
use crate::field::ValueError;

/// A value of a record that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {field}: {source}")]
pub struct RecordError {
    /// The index of the field in the description.
    pub field: u16,
    /// The id of the row, if it is known.
    pub row: Option<IdText>,
    /// What was expected.
    pub source: ValueError,
}
