//! The error of a text that can't become a value.

/// The reason why a text can't become a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JsonError(pub(crate) &'static str);
