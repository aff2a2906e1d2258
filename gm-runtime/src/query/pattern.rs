//! The patterns of the lookups `regex` and `iregex`.
//!
//! They come from callers, so their length and the size of what they are compiled to are bounded; the time of a match is
//! linear in the text, whatever the pattern.

use crate::field::ValueError;

/// The longest pattern, in bytes.
#[cfg(feature = "regex")]
const MAX_BYTES: usize = 1000;
/// What a pattern may be compiled to, in bytes. Each `\w` of Unicode is some tens of kilobytes.
#[cfg(feature = "regex")]
const MAX_SIZE: usize = 1024 * 1024;
/// What a thread may remember of a pattern's matches, in bytes, for either direction.
#[cfg(feature = "regex")]
const MAX_MEMORY: usize = 512 * 1024;
/// The most classes in brackets. Without regard to case each costs up to some milliseconds, whatever it is compiled to:
/// it is made of every character that differs from one of its own by case alone.
#[cfg(feature = "regex")]
const MAX_CLASSES: usize = 24;
/// Groups and repetitions within each other.
#[cfg(feature = "regex")]
const MAX_DEPTH: u32 = 50;
/// The most patterns in a query, and those that a thread keeps compiled: with fewer kept than a query has, each row would
/// compile them anew.
pub(crate) const MAX_PATTERNS: usize = 4;

/// Whether this can be asked for.
///
/// # Errors
/// What is wrong with the pattern, in words for whoever sent it.
#[cfg(feature = "regex")]
pub(crate) fn check(pattern: &str, ignore_case: bool) -> Result<(), ValueError> {
    // Not kept: it is another thread that reads the rows of a database.
    kept::compile(pattern, ignore_case).map(drop)
}

/// Whether this can be asked for, which the features do not allow.
#[cfg(not(feature = "regex"))]
pub(crate) fn check(_: &str, _: bool) -> Result<(), ValueError> {
    Err(ValueError::new("patterns need gm-runtime's feature `regex`"))
}

/// Whether the pattern matches anywhere in the text; false where it is none.
#[cfg(feature = "regex")]
pub(crate) fn is_match(pattern: &str, ignore_case: bool, text: &str) -> bool {
    kept::with(pattern, ignore_case, |regex| regex.is_match(text)).unwrap_or(false)
}

/// Whether the pattern matches, which the features do not allow to be asked.
#[cfg(not(feature = "regex"))]
pub(crate) fn is_match(_: &str, _: bool, _: &str) -> bool {
    false
}

#[cfg(feature = "regex")]
mod kept {
    use std::cell::RefCell;

    use regex::{Error, Regex, RegexBuilder};

    use super::{MAX_BYTES, MAX_CLASSES, MAX_DEPTH, MAX_MEMORY, MAX_PATTERNS, MAX_SIZE};
    use crate::field::ValueError;

    struct Kept {
        pattern: String,
        ignore_case: bool,
        regex: Regex,
    }

    thread_local! {
        // A query asks each of its rows: without this, each row would compile the pattern anew.
        static PATTERNS: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn with<T>(
        pattern: &str,
        ignore_case: bool,
        ask: impl FnOnce(&Regex) -> T,
    ) -> Result<T, ValueError> {
        PATTERNS.with_borrow_mut(|patterns| {
            let known = |kept: &Kept| kept.ignore_case == ignore_case && kept.pattern == pattern;
            if let Some(kept) = patterns.iter().find(|kept| known(kept)) {
                return Ok(ask(&kept.regex));
            }
            let regex = compile(pattern, ignore_case)?;
            let asked = ask(&regex);
            if patterns.len() == MAX_PATTERNS {
                // The oldest.
                patterns.remove(0);
            }
            patterns.push(Kept {
                pattern: pattern.to_owned(),
                ignore_case,
                regex,
            });
            Ok(asked)
        })
    }

    pub(super) fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, ValueError> {
        if pattern.len() > MAX_BYTES {
            return Err(ValueError::new(format!(
                "expected a pattern of at most {MAX_BYTES} bytes"
            )));
        }
        // One that is escaped is counted too: nobody looks for so many.
        if pattern.bytes().filter(|byte| *byte == b'[').count() > MAX_CLASSES {
            return Err(ValueError::new(format!(
                "expected a pattern of at most {MAX_CLASSES} classes in brackets"
            )));
        }
        RegexBuilder::new(pattern)
            .case_insensitive(ignore_case)
            .size_limit(MAX_SIZE)
            .dfa_size_limit(MAX_MEMORY)
            .nest_limit(MAX_DEPTH)
            .build()
            .map_err(|error| match error {
                Error::CompiledTooBig(_) => ValueError::new("expected a pattern with less to keep track of"),
                error => ValueError::new(format!(
                    "expected a regular expression: {}",
                    problem(&error.to_string())
                )),
            })
    }

    /// What is wrong, without the pattern, which the message draws over several lines.
    fn problem(message: &str) -> &str {
        let line = message
            .lines()
            .rev()
            .find_map(|line| line.trim().strip_prefix("error: "));
        line.unwrap_or("this is none")
    }
}

#[cfg(all(test, feature = "regex"))]
mod tests {
    use super::{check, is_match};

    #[test]
    fn what_people_ask_for_is_small_enough() {
        for pattern in [
            r"^\w+@\w+\.\w{2,10}$",
            r"\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+",
            r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
            r"(?i)straße|weg|\d{1,4}[a-z]?",
            r"^.{100,200}$",
        ] {
            assert_eq!(check(pattern, true), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn what_is_refused_says_why() {
        for (pattern, message) in [
            ("a(", "expected a regular expression: unclosed group"),
            (
                "(?=a)",
                "expected a regular expression: look-around, including look-ahead and look-behind, is not supported",
            ),
            (
                r"(a)\1",
                "expected a regular expression: backreferences are not supported",
            ),
            ("(a{1000}){1000}", "expected a pattern with less to keep track of"),
        ] {
            assert_eq!(check(pattern, false).unwrap_err().message(), message, "{pattern}");
        }
        assert_eq!(
            check(&"a".repeat(1001), false).unwrap_err().message(),
            "expected a pattern of at most 1000 bytes"
        );
        assert_eq!(
            check(&r"[\w\W]".repeat(166), true).unwrap_err().message(),
            "expected a pattern of at most 24 classes in brackets"
        );
        assert!(check(&format!("{}a{}", "(".repeat(60), ")".repeat(60)), false).is_err());
    }

    #[test]
    fn more_patterns_than_are_kept_match_all_the_same() {
        for round in 0..3 {
            for number in 0..20 {
                let pattern = format!("^{number}$");
                assert!(is_match(&pattern, false, &number.to_string()), "{round}");
                assert!(!is_match(&pattern, true, "x"));
            }
        }
    }
}
