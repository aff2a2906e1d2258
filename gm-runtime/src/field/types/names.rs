//! What the derive for enums of names calls.

use crate::field::{Value, ValueError};

/// What an enum keeps the values in that have no variant. Asked for by the derive's expansion.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "what has no variant is kept as text, in a `String` and not in `{Self}`",
    label = "expected `String`"
)]
pub trait OtherValue {
    /// The value.
    fn as_text(&self) -> &str;
    /// What keeps it.
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

/// Whether a value is one of the names of an enum. Called by the derive's expansion.
///
/// # Errors
/// These words, when it is not.
#[doc(hidden)]
pub fn check_name(value: &Value, names: &[&str], expected: &'static str) -> Result<(), ValueError> {
    match value {
        Value::Text(text) if names.contains(&text.as_str()) => Ok(()),
        _ => Err(ValueError::new(expected)),
    }
}
