//! JSON as text: looked at as a whole once, and read where it is needed.

use std::borrow::Cow;

use super::scan::{Malformed, Scanner};

/// The text of a JSON value, which is known to be well-formed.
///
/// It costs no memory, whatever it holds: that of a `serde_json::Value` is up to eighty times its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawJson<'t>(&'t str);

impl<'t> RawJson<'t> {
    /// Looks at a text of one value, of at most this many levels of lists and objects, and at most 127.
    pub(crate) fn parse(text: &'t str, levels: usize) -> Result<Self, Malformed> {
        let mut scanner = Scanner::new(text);
        let value = scanner.value(levels)?;
        match scanner.peek() {
            None => Ok(Self(value)),
            Some(_) => Err(Malformed::Syntax),
        }
    }

    /// A part of a text that was looked at.
    pub(super) fn of(part: &'t str) -> Self {
        Self(part)
    }

    pub(super) fn text(self) -> &'t str {
        self.0
    }
}

/// The text that is written so, with its quotes.
pub(super) fn text_of(quoted: &str) -> Cow<'_, str> {
    match quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        // The escapes are known to be right.
        _ => Cow::Owned(serde_json::from_str(quoted).unwrap_or_default()),
    }
}
