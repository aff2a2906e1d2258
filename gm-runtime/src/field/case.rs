//! Case folding for the lookups that ignore case.

/// The text without case: each character is mapped to upper case and then to lower case, so that `Σ`, `σ` and `ς` become
/// equal. Two kinds of characters stay (R-case): those whose mapping has several characters, such as `ß`, and the dotless `ı`,
/// which is an `i` in Turkish only (Unicode's CaseFolding.txt, status T).
#[must_use]
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold_char).collect()
}

/// The character without case, as [`fold_case`] maps it.
pub(crate) fn fold_char(character: char) -> char {
    if character == 'ı' {
        return character;
    }
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next()?;
    mapped.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::fold_case;

    #[test]
    fn all_cases_of_a_letter_fold_to_one() {
        for (one, other) in [
            ("ÄÖÜ Straße", "äöü sTRAßE"),
            ("ΟΔΟΣ", "οδος"),
            ("ПРИВЕТ", "привет"),
            ("\u{212A}", "k"),
            ("ſ", "S"),
            ("ẞ", "ß"),
            ("Ǆ", "ǆ"),
            ("ǅ", "ǆ"),
            ("𐐀", "𐐨"),
        ] {
            assert_eq!(fold_case(one), fold_case(other), "{one} and {other}");
        }
        assert_ne!(fold_case("ı"), fold_case("i"));
        assert_ne!(fold_case("ß"), fold_case("ss"));
    }
}
