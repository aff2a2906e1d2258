//! Case, as the `i…` lookups ignore it.

/// The text with its case taken away: each character's simple mapping to upper and then to lower case, so that
/// `Σ`, `σ` and `ς` are one. A character whose mapping is longer than itself, such as `ß`, stays (R-case).
#[must_use]
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold_char).collect()
}

fn fold_char(character: char) -> char {
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next()?;
    mapped.next().is_none().then_some(first)
}
