//! What may stand where a field's value is expected.

use super::NotNull;

/// A value that can become one of a field of type `T`.
///
/// A field takes its own type; a text field takes `&str` too, and one of bytes `&[u8]`; an `Option` field takes its
/// inner value without `Some`. There is no conversion between number types: what is written is what is stored.
#[diagnostic::on_unimplemented(
    message = "expected a value for a field of type `{T}`, found `{Self}`",
    label = "not a value of `{T}`",
    note = "a field takes its own type, an `Option` what it holds, and text a `&str` too; numbers are not converted, text is not parsed, and a reference is not followed"
)]
pub trait IntoField<T> {
    /// The field's value.
    fn into_field(self) -> T;
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

// What `b".."` is.
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
