//! The characters that the server lowers differently from `crate::field::fold_case`.

use std::collections::{HashMap, HashSet};

use sea_query::{Expr, Func};

use crate::field::fold_char;

/// The characters that the server lowers differently, and how a text with them is translated.
///
/// Before `lower`, each exception is replaced by a character that the server lowers to the right one. If there is none, as for `İ`,
/// which the contract leaves as it is, it is replaced by another exception, such as `ς`. Nothing else becomes what that one is
/// lowered to, and so it can be replaced afterwards.
#[derive(Debug, Default, PartialEq)]
pub(super) struct CaseExceptions {
    before: Translation,
    after: Translation,
}

/// Replaces each character of `from` by the character at the same place in `to`.
#[derive(Debug, Default, PartialEq)]
struct Translation {
    from: String,
    to: String,
}

impl Translation {
    fn add(&mut self, from: char, to: char) {
        self.from.push(from);
        self.to.push(to);
    }

    fn of(&self, text: Expr) -> Expr {
        if self.from.is_empty() {
            return text;
        }
        let lists = [&self.from, &self.to].map(|list| Expr::cust(literal(list)));
        let [from, to] = lists;
        Func::cust("translate").arg(text).arg(from).arg(to).into()
    }
}

impl CaseExceptions {
    /// The exceptions of a server that lowers each of these characters to the second one. `None` if they can't be translated.
    pub(super) fn of(lowered: &[(char, char)]) -> Option<Self> {
        let is_exception = |(character, lower): &(char, char)| fold_char(*character) != *lower;
        let exceptions: Vec<(char, char)> = lowered.iter().copied().filter(is_exception).collect();
        let named: HashSet<char> = exceptions
            .iter()
            .flat_map(|(character, lower)| [*lower, fold_char(*character)])
            .collect();
        // A character for each result of `lower` that is right.
        let right: HashMap<char, char> = lowered
            .iter()
            .filter(|pair| named.contains(&pair.1) && !is_exception(pair))
            .map(|(character, lower)| (*lower, *character))
            .collect();
        let mut unused = exceptions
            .iter()
            .filter(|(_, lower)| !right.contains_key(lower))
            .copied()
            .collect::<Vec<_>>();
        // Two exceptions with one result serve for one character.
        unused.sort_by_key(|(_, lower)| *lower);
        unused.dedup_by_key(|(_, lower)| *lower);
        let mut stand_ins: HashMap<char, char> = HashMap::new();
        let mut translated = Self::default();
        for (character, _) in &exceptions {
            let folded = fold_char(*character);
            let stand_in = match right.get(&folded).or_else(|| stand_ins.get(&folded)) {
                Some(stand_in) => *stand_in,
                None => {
                    let (stand_in, lower) = unused.pop()?;
                    translated.after.add(lower, folded);
                    stand_ins.insert(folded, stand_in);
                    stand_in
                }
            };
            translated.before.add(*character, stand_in);
        }
        Some(translated)
    }

    /// A pattern for texts that have an exception, as a literal. `None` if there are none.
    pub(super) fn pattern(&self) -> Option<String> {
        let mut pattern = String::from("[");
        for character in self.before.from.chars() {
            if character.is_ascii_punctuation() {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern.push(']');
        (!self.before.from.is_empty()).then(|| literal(&pattern))
    }

    /// The text in which the server lowers each character to the right one, or to its stand-in.
    pub(super) fn replaced(&self, text: Expr) -> Expr {
        self.before.of(text)
    }

    /// The lowered text without stand-ins.
    pub(super) fn restored(&self, lowered: Expr) -> Expr {
        self.after.of(lowered)
    }
}

/// A text as a literal. Sessions have standard strings, in which a backslash is a character.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::HashMap;

    use super::{CaseExceptions, Translation};
    use crate::field::fold_char;

    impl Translation {
        fn map(&self) -> HashMap<char, char> {
            self.from.chars().zip(self.to.chars()).collect()
        }
    }

    fn characters() -> impl Iterator<Item = char> {
        '\u{1}'..'\u{20000}'
    }

    fn simple_lower(character: char) -> char {
        let mut lower = character.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(lower), None) => lower,
            _ => character,
        }
    }

    /// The folding of a server that lowers like this.
    fn assert_folds(name: &str, lower: impl Fn(char) -> char) -> CaseExceptions {
        let lowered: Vec<_> = characters()
            .map(|character| (character, lower(character)))
            .collect();
        let exceptions = CaseExceptions::of(&lowered).unwrap();
        let (before, after) = (exceptions.before.map(), exceptions.after.map());
        for character in characters() {
            let lowered = lower(*before.get(&character).unwrap_or(&character));
            let folded = *after.get(&lowered).unwrap_or(&lowered);
            assert_eq!(folded, fold_char(character), "{name}: {character:?}");
            if !before.contains_key(&character) {
                // Most texts have no exception, and are lowered alone.
                assert_eq!(lowered, folded, "{name}: {character:?}");
            }
        }
        exceptions
    }

    #[test]
    fn each_server_folds_as_the_contract_says() {
        let few = assert_folds("Rust's tables", simple_lower);
        assert!(few.before.from.chars().count() < 40, "{few:?}");
        assert_folds("the C library's tables", |character| match character {
            'İ' => 'i',
            other => simple_lower(other),
        });
        assert_folds("Turkish", |character| match character {
            'İ' => 'i',
            'I' => 'ı',
            other => simple_lower(other),
        });
        assert_folds("a newer Unicode", |character| match character {
            '\u{1fff0}'..='\u{1fff3}' => char::from_u32(u32::from(character) + 8).unwrap(),
            other => simple_lower(other),
        });
        assert_folds("an older Unicode", |character| match character {
            '\u{10400}'..='\u{1ffff}' => character,
            other => simple_lower(other),
        });
        assert_folds("ASCII alone", |character| character.to_ascii_lowercase());
        let none = assert_folds("the contract's folding", fold_char);
        assert_eq!(none, CaseExceptions::default());
    }

    #[test]
    fn a_server_that_makes_too_many_characters_equal_is_refused() {
        let lowered: Vec<_> = characters().map(|character| (character, 'x')).collect();
        assert_eq!(CaseExceptions::of(&lowered), None);
    }
}
