//! Conversions of arguments into the value of a field.

use super::{NotNull, Value};

/// A value that converts into the value of a field of type `T`.
///
/// A field accepts its own type. A text field also accepts `&str`, a field of bytes also `&[u8]`, and an `Option` field also
/// its inner type without `Some`. Number types are not converted into each other.
#[diagnostic::on_unimplemented(
    message = "expected a value for a field of type `{T}`, found `{Self}`",
    label = "not a value of `{T}`",
    note = "a field accepts its own type, an `Option` field also its inner type, and a text field also `&str`; numbers are not converted, text is not parsed, and references are not followed"
)]
pub trait IntoField<T> {
    /// The field's value.
    fn into_field(self) -> T;
}

/// The value of a field's constant in a rule. `into_value` is that of the field's type.
#[doc(hidden)]
pub fn constant<T>(value: impl IntoField<T>, into_value: fn(T) -> Value) -> Value {
    into_value(value.into_field())
}

impl<T> IntoField<T> for T {
    fn into_field(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: NotNull> IntoField<Option<T>> for T {
    fn into_field(self) -> Option<T> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoField<String> for &str {
    fn into_field(self) -> String {
        self.to_owned()
    }
}

#[diagnostic::do_not_recommend]
impl IntoField<Option<String>> for &str {
    fn into_field(self) -> Option<String> {
        Some(self.to_owned())
    }
}

#[diagnostic::do_not_recommend]
impl IntoField<String> for &String {
    fn into_field(self) -> String {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl IntoField<Option<String>> for &String {
    fn into_field(self) -> Option<String> {
        Some(self.clone())
    }
}

#[diagnostic::do_not_recommend]
impl IntoField<Vec<u8>> for &[u8] {
    fn into_field(self) -> Vec<u8> {
        self.to_owned()
    }
}

#[diagnostic::do_not_recommend]
impl IntoField<Option<Vec<u8>>> for &[u8] {
    fn into_field(self) -> Option<Vec<u8>> {
        Some(self.to_owned())
    }
}

// The type of `b".."`.
#[diagnostic::do_not_recommend]
impl<const N: usize> IntoField<Vec<u8>> for &[u8; N] {
    fn into_field(self) -> Vec<u8> {
        self.to_vec()
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> IntoField<Option<Vec<u8>>> for &[u8; N] {
    fn into_field(self) -> Option<Vec<u8>> {
        Some(self.to_vec())
    }
}
