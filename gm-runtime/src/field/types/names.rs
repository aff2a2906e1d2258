//! Functions that `#[derive(FieldType)]` calls.

use crate::field::{Value, ValueError};

/// The type of the data of the `other` variant: `String`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the `other` variant holds a `String`, not `{Self}`",
    label = "expected `String`"
)]
pub trait OtherValue {
    /// The unknown value.
    fn as_text(&self) -> &str;
    /// Holds an unknown value.
    fn from_text(text: String) -> Self;
}

impl OtherValue for String {
    fn as_text(&self) -> &str {
        self
    }

    fn from_text(text: String) -> Self {
        text
    }
}

/// Checks that a value is one of an enum's names.
///
/// # Errors
/// `expected` as the message, if it is not.
#[doc(hidden)]
pub fn check_name(value: &Value, names: &[&str], expected: &'static str) -> Result<(), ValueError> {
    match value {
        Value::Text(text) if names.contains(&text.as_str()) => Ok(()),
        _ => Err(ValueError::new(expected)),
    }
}
