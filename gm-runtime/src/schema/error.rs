//! The error of a schema.

use super::Difference;

/// Why a text is no schema, or why a schema does not pass a [check](super::Schema::check).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SchemaError {
    message: String,
    differences: Vec<Difference>,
}

impl SchemaError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::of_differences(message, Vec::new())
    }

    pub(super) fn of_differences(message: impl Into<String>, differences: Vec<Difference>) -> Self {
        Self {
            message: message.into(),
            differences,
        }
    }

    /// The differences from the file of a [check](super::Schema::check). Empty for another error.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}
