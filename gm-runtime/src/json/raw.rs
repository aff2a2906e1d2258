//! The text of a JSON value, which is checked once and read on demand.

use std::borrow::Cow;

use super::scan::{Malformed, Scanner};

/// The text of a well-formed JSON value.
///
/// It takes no memory of its own. A `serde_json::Value` takes up to eighty times its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawJson<'t>(&'t str);

impl<'t> RawJson<'t> {
    /// Checks a text of one value, with at most this many levels of lists and objects, and at most 127.
    pub(crate) fn parse(text: &'t str, levels: usize) -> Result<Self, Malformed> {
        let mut scanner = Scanner::new(text);
        let value = scanner.value(levels)?;
        match scanner.peek() {
            None => Ok(Self(value)),
            Some(_) => Err(Malformed::Syntax),
        }
    }

    /// Checks a text of one object as [`parse`](Self::parse) does, and takes its members in the same pass.
    pub(crate) fn parse_members(
        text: &'t str,
        levels: usize,
    ) -> Result<Vec<(Cow<'t, str>, Self)>, Malformed> {
        let levels = levels.checked_sub(1).ok_or(Malformed::TooDeep)?;
        let mut scanner = Scanner::new(text);
        let mut members = Vec::new();
        scanner.take(b'{')?;
        let mut is_last = scanner.peek() == Some(b'}');
        while !is_last {
            if scanner.peek() != Some(b'"') {
                return Err(Malformed::Syntax);
            }
            let key = scanner.value(0)?;
            scanner.take(b':')?;
            members.push((text_of(key), Self(scanner.value(levels)?)));
            is_last = scanner.take(b',').is_err();
        }
        scanner.take(b'}')?;
        match scanner.peek() {
            None => Ok(members),
            Some(_) => Err(Malformed::Syntax),
        }
    }

    /// A part of a checked text.
    pub(super) fn of(part: &'t str) -> Self {
        Self(part)
    }

    pub(crate) fn text(self) -> &'t str {
        self.0
    }
}

/// The string that this text with quotes stands for.
pub(super) fn text_of(quoted: &str) -> Cow<'_, str> {
    match quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        // The escapes were checked before.
        _ => Cow::Owned(serde_json::from_str(quoted).unwrap_or_default()),
    }
}
