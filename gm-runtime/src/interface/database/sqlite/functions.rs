//! SQL functions that SQLite lacks.

use chrono::{DateTime, Datelike, Utc};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

/// The text without case.
pub(super) const FOLD: &str = "gm_fold";
/// The month, in UTC, of microseconds since 1970.
pub(super) const MONTH: &str = "gm_month";
/// The day of the month, in UTC, of microseconds since 1970.
pub(super) const DAY: &str = "gm_day";

pub(super) fn register(connection: &Connection) -> Result<()> {
    // Innocuous, so that a schema's own indexes and views may use them too.
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(FOLD, 1, flags, |context| {
        Ok(match context.get_raw(0) {
            ValueRef::Text(text) => Some(fold(std::str::from_utf8(text)?)),
            _ => None,
        })
    })?;
    connection.create_scalar_function(MONTH, 1, flags, |context| {
        Ok(instant(context).map(|instant| instant.month()))
    })?;
    connection.create_scalar_function(DAY, 1, flags, |context| {
        Ok(instant(context).map(|instant| instant.day()))
    })
}

fn instant(context: &Context<'_>) -> Option<DateTime<Utc>> {
    match context.get_raw(0) {
        ValueRef::Integer(microseconds) => DateTime::from_timestamp_micros(microseconds),
        _ => None,
    }
}

/// The text without case: each character's simple upper case mapping and then its simple lower case one, which
/// makes `Σ`, `σ` and `ς` alike. A character whose mapping is of several characters, such as `ß`, stays as it is.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold_character).collect()
}

fn fold_character(character: char) -> char {
    // Its upper case is `I`, but only Turkish takes it for an `i` (Unicode's CaseFolding.txt, status T).
    if character == 'ı' {
        return character;
    }
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut mapping: impl Iterator<Item = char>) -> Option<char> {
    let first = mapping.next();
    first.filter(|_| mapping.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::fold;

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
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
        assert_ne!(fold("ı"), fold("i"));
        assert_ne!(fold("ß"), fold("ss"));
    }

    #[test]
    fn keeps_the_number_of_characters() {
        for character in '\0'..=char::MAX {
            assert_eq!(fold(&character.to_string()).chars().count(), 1, "{character:?}");
        }
    }
}
