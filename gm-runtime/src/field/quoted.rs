//! Text of a value in an error message.

/// The maximum number of characters of a value in an error message.
const MAX_CHARACTERS: usize = 64;

/// The text in quotes, escaped, and shortened to 64 characters.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn long_text_is_shortened_between_two_characters() {
        assert_eq!(quoted(&"é".repeat(64)), format!("\"{}\"", "é".repeat(64)));
        assert_eq!(quoted(&"é".repeat(65)), format!("\"{}\"…", "é".repeat(64)));
        assert_eq!(quoted("a\n\"b\""), r#""a\n\"b\"""#);
    }
}
