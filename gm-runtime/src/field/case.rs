//! Case, as the `i…` lookups ignore it.

/// The text with its case taken away: each character's simple mapping to upper and then to lower case, so that
/// `Σ`, `σ` and `ς` are one. A character whose mapping is longer than itself, such as `ß`, stays (R-case), and so does
/// the dotless `ı`, which is an `i` to Turkish alone (Unicode's CaseFolding.txt, status T).
#[must_use]
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold_char).collect()
}

fn fold_char(character: char) -> char {
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
    fn folds_every_case_of_a_letter_alike() {
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
