//! What is wrong with the values of a write.

use std::borrow::Cow;
use std::fmt;

/// What is wrong with one field of a row that was to be written, or with the row as a whole: what
/// [`Error::field_errors`](crate::Error::field_errors) gives, and a validation error's `details` hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    field: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
}

impl FieldError {
    /// What is wrong with the field of this wire name.
    #[must_use]
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: Some(field.into()),
            message: message.into(),
        }
    }

    /// What is wrong with the row as a whole.
    #[must_use]
    pub fn of_row(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: None,
            message: message.into(),
        }
    }

    /// The field's name on the wire; absent where it is about the row as a whole.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// What was expected, such as `expected at most 5 characters`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "`{field}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
