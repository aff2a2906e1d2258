//! The grammar of JSON (RFC 8259). A text is checked before anything of it is stored.

/// The deepest nesting, whatever limit is set, since each level is a recursive call.
const MAX_LEVELS: usize = 127;

/// Why a text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    EndsTooEarly,
    Syntax,
    TooDeep,
}

/// A scanner over the rest of a text.
pub(super) struct Scanner<'t> {
    rest: &'t str,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    /// The first byte after white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        while self.rest.as_bytes().first().is_some_and(blank) {
            self.skip(1);
        }
        self.rest.bytes().next()
    }

    /// Takes the next byte, which must be this one.
    pub(super) fn take(&mut self, wanted: u8) -> Result<(), Malformed> {
        match self.peek() {
            Some(found) if found == wanted => {
                self.skip(1);
                Ok(())
            }
            Some(_) => Err(Malformed::Syntax),
            None => Err(Malformed::EndsTooEarly),
        }
    }

    /// Skips this many bytes, up to the boundary of a character.
    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Takes a value of at most this many levels. Returns its text.
    pub(super) fn value(&mut self, levels: usize) -> Result<&'t str, Malformed> {
        let first = self.peek();
        let start = self.rest;
        self.skip_value(first, levels.min(MAX_LEVELS))?;
        Ok(start.get(..start.len() - self.rest.len()).unwrap_or_default())
    }

    /// Skips the value that begins with this byte.
    fn skip_value(&mut self, first: Option<u8>, levels: usize) -> Result<(), Malformed> {
        match first {
            Some(b'{') => self.members(b'}', levels, |scanner, levels| {
                scanner.text()?;
                scanner.take(b':')?;
                let first = scanner.peek();
                scanner.skip_value(first, levels)
            }),
            Some(b'[') => self.members(b']', levels, |scanner, levels| {
                let first = scanner.peek();
                scanner.skip_value(first, levels)
            }),
            Some(b'"') => self.text(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(Malformed::Syntax),
            None => Err(Malformed::EndsTooEarly),
        }
    }

    fn members(
        &mut self,
        end: u8,
        levels: usize,
        member: impl Fn(&mut Self, usize) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let levels = levels.checked_sub(1).ok_or(Malformed::TooDeep)?;
        self.skip(1);
        if self.peek() == Some(end) {
            self.skip(1);
            return Ok(());
        }
        loop {
            member(self, levels)?;
            match self.peek() {
                Some(b',') => self.skip(1),
                Some(found) if found == end => {
                    self.skip(1);
                    return Ok(());
                }
                Some(_) => return Err(Malformed::Syntax),
                None => return Err(Malformed::EndsTooEarly),
            }
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Malformed> {
        if let Some(rest) = self.rest.strip_prefix(word) {
            self.rest = rest;
            return Ok(());
        }
        Err(if word.starts_with(self.rest) {
            Malformed::EndsTooEarly
        } else {
            Malformed::Syntax
        })
    }

    fn number(&mut self) -> Result<(), Malformed> {
        self.one_of(b"-");
        // A number with a leading 0 has no other digit before the point.
        if !self.one_of(b"0") {
            self.digits()?;
        }
        if self.one_of(b".") {
            self.digits()?;
        }
        if self.one_of(b"eE") {
            self.one_of(b"+-");
            self.digits()?;
        }
        Ok(())
    }

    fn one_of(&mut self, bytes: &[u8]) -> bool {
        let found = self.rest.bytes().next().is_some_and(|byte| bytes.contains(&byte));
        if found {
            self.skip(1);
        }
        found
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let rest = self.rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        if rest.len() == self.rest.len() {
            return Err(if rest.is_empty() {
                Malformed::EndsTooEarly
            } else {
                Malformed::Syntax
            });
        }
        self.rest = rest;
        Ok(())
    }

    fn text(&mut self) -> Result<(), Malformed> {
        self.take(b'"')?;
        loop {
            self.skip(plain_bytes(self.rest.as_bytes()));
            match self.rest.bytes().next() {
                Some(b'"') => {
                    self.skip(1);
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(Malformed::Syntax),
                None => return Err(Malformed::EndsTooEarly),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        self.skip(1);
        match self.rest.bytes().next() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.skip(1);
                Ok(())
            }
            Some(b'u') => match self.unit()? {
                0xDC00..=0xDFFF => Err(Malformed::Syntax),
                0xD800..=0xDBFF => {
                    if !self.one_of(b"\\") {
                        return Err(self.end_or_syntax());
                    }
                    match self.unit()? {
                        0xDC00..=0xDFFF => Ok(()),
                        _ => Err(Malformed::Syntax),
                    }
                }
                _ => Ok(()),
            },
            _ => Err(self.end_or_syntax()),
        }
    }

    /// The four digits of `uXXXX`.
    fn unit(&mut self) -> Result<u32, Malformed> {
        if !self.one_of(b"u") {
            return Err(self.end_or_syntax());
        }
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.rest.chars().next().and_then(|digit| digit.to_digit(16));
            unit = unit * 16 + digit.ok_or_else(|| self.end_or_syntax())?;
            self.skip(1);
        }
        Ok(unit)
    }

    fn end_or_syntax(&self) -> Malformed {
        if self.rest.is_empty() {
            Malformed::EndsTooEarly
        } else {
            Malformed::Syntax
        }
    }
}

/// The number of bytes before the first quote, backslash or control character.
///
/// It looks at eight bytes at once, which takes a third of the instructions that a look at each of them takes.
fn plain_bytes(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH_BITS: u64 = u64::from_ne_bytes([0x80; 8]);
    // The high bit of each byte that is less than `limit`, which is at most 128. Bytes after the first of them may have it, too.
    let less = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGH_BITS;
    let equal = |word: u64, byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
    let (words, rest) = text.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = less(word, b' ') | equal(word, b'"') | equal(word, b'\\');
        if found != 0 {
            return 8 * place + found.trailing_zeros() as usize / 8;
        }
    }
    let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
    text.len() - rest.len() + found.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::plain_bytes;

    /// Each byte at each place, before bytes of all kinds.
    #[test]
    fn plain_bytes_end_before_the_first_quote_backslash_or_control_character() {
        for rest in [b'a', 0x7F, 0x80, 0xFF, b'"', b'!', b'[', b' ', 0] {
            for place in 0..20 {
                for byte in 0..=u8::MAX {
                    let mut text = [b'x'; 20].to_vec();
                    if let Some(end) = text.get_mut(place..) {
                        end.fill(rest);
                    }
                    if let Some(at) = text.get_mut(place) {
                        *at = byte;
                    }
                    let expected = text.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
                    assert_eq!(plain_bytes(&text), expected.unwrap_or(20), "{text:?}");
                }
            }
        }
    }
}
