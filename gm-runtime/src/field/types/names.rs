//! Functions that `#[derive(FieldType)]` calls.

use crate::field::{Value, ValueError, ValueType, quoted};

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
/// The known names and the value, if it is not.
#[doc(hidden)]
pub fn check_name(value: &Value, names: &[&str]) -> Result<(), ValueError> {
    match value {
        Value::Text(text) if names.contains(&text.as_str()) => Ok(()),
        Value::Text(text) => Err(unknown_name(text, names, "")),
        other => Err(ValueError::expected(ValueType::Text, other)),
    }
}

/// The error of a text that is not one of an enum's names. It repeats the text, shortened. `hint` follows if it is not empty.
#[doc(hidden)]
#[must_use]
pub fn unknown_name(text: &str, names: &[&str], hint: &str) -> ValueError {
    let known: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    let expected = match known.as_slice() {
        [] => "this field has no valid values".to_owned(),
        [name] => format!("expected {name}"),
        names => format!("expected one of {}", names.join(", ")),
    };
    let separator = if hint.is_empty() { "" } else { "; " };
    ValueError::new(format!("{expected}, got {}{separator}{hint}", quoted(text)))
}
