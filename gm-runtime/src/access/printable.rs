//! Text for logs.

use std::fmt::{self, Write as _};

/// A text whose line breaks and other characters that are not printable are escaped, since a caller may have written a part
/// of it. Quotes stay as they are.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\'' | '"' => f.write_char(character)?,
                _ => write!(f, "{}", character.escape_debug())?,
            }
        }
        Ok(())
    }
}
