//! The patterns of the lookups `regex` and `iregex`.
//!
//! They come from callers, so their length and the size of what they are compiled to are bounded. The time of a match is
//! linear in the text, but as much as 70 µs a byte for the worst pattern of that size, so a query's time is bounded too.

#[cfg(feature = "regex")]
mod compiled;
#[cfg(feature = "regex")]
mod compiler;
#[cfg(feature = "regex")]
mod kept;
mod time;

#[cfg(feature = "regex")]
pub(crate) use compiler::compile;
#[cfg(feature = "regex")]
pub(crate) use kept::Patterns;
pub(crate) use time::{PatternTime, TooLate, in_time};
pub(crate) use time::{Until, until, within};

use crate::error::Error;
use crate::field::ValueError;
use crate::manager::Description;

/// The longest pattern, in bytes.
#[cfg(feature = "regex")]
const MAX_BYTES: usize = 1000;
/// What a pattern may be compiled to, in bytes. Each `\w` of Unicode is some tens of kilobytes.
#[cfg(feature = "regex")]
const MAX_SIZE: usize = 1024 * 1024;
/// What a thread may remember of a pattern's matches, in bytes, for either direction.
#[cfg(feature = "regex")]
const MAX_MEMORY: usize = 512 * 1024;
/// The most classes, in brackets and of Unicode (`\p`). Without regard to case each costs some milliseconds, whatever it is
/// compiled to: it is made of every character that differs from one of its own by case alone.
#[cfg(feature = "regex")]
const MAX_CLASSES: usize = 24;
/// Groups and repetitions within each other.
#[cfg(feature = "regex")]
const MAX_DEPTH: u32 = 50;
/// The most patterns in a query, and those that a thread keeps compiled: with fewer kept than a query has, each row would
/// compile them anew.
pub(crate) const MAX_PATTERNS: usize = 4;

/// A pattern of a query.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) field: u16,
    pub(crate) text: String,
    pub(crate) ignore_case: bool,
}

/// Compiled patterns, of which there are none.
#[cfg(not(feature = "regex"))]
#[derive(Default)]
pub(crate) struct Patterns(());

/// Compiles the patterns of a query, which takes up to some hundred milliseconds each.
///
/// # Errors
/// What is wrong with a pattern. Where the query has had its time, whoever began it is told.
#[cfg(feature = "regex")]
fn prepare(
    patterns: &mut Patterns,
    wanted: &[Wanted],
    description: &'static Description,
) -> Result<(), Error> {
    match patterns.compile(wanted) {
        Ok(()) => Ok(()),
        Err(kept::Refused::Pattern(field, error)) => Err(description.invalid(field, error)),
        Err(kept::Refused::Late(late)) => Err(late.of(description.name())),
    }
}

/// The same for the patterns that this thread keeps.
pub(crate) fn prepare_here(wanted: &[Wanted], description: &'static Description) -> Result<(), Error> {
    #[cfg(feature = "regex")]
    return kept::with(|patterns| prepare(patterns, wanted, description));
    #[cfg(not(feature = "regex"))]
    {
        let _ = (wanted, description);
        Ok(())
    }
}

/// Compiles none: a query with patterns is refused before.
#[cfg(not(feature = "regex"))]
pub(crate) async fn compile(
    _: PatternTime,
    _: &'static Description,
    _: Vec<Wanted>,
) -> Result<Patterns, Error> {
    Ok(Patterns::default())
}

/// Why patterns can't be asked for, whatever they are.
pub(crate) fn check() -> Result<(), ValueError> {
    #[cfg(feature = "regex")]
    return Ok(());
    #[cfg(not(feature = "regex"))]
    Err(ValueError::new("patterns need gm-runtime's feature `regex`"))
}

/// Whether the pattern matches anywhere in the text; false where it is none.
///
/// # Errors
/// [`TooLate`], where the query that this thread works on has had its time.
#[cfg(feature = "regex")]
pub(crate) fn try_match(pattern: &str, ignore_case: bool, text: &str) -> Result<bool, TooLate> {
    kept::is_match(pattern, ignore_case, text)
}

/// Whether the pattern matches, which the features do not allow to be asked.
#[cfg(not(feature = "regex"))]
pub(crate) fn try_match(_: &str, _: bool, _: &str) -> Result<bool, TooLate> {
    Ok(false)
}

/// The same; false as well where the query has had its time, which whoever began it is told.
pub(crate) fn is_match(pattern: &str, ignore_case: bool, text: &str) -> bool {
    try_match(pattern, ignore_case, text).unwrap_or(false)
}

#[cfg(all(test, feature = "regex"))]
mod tests {
    use super::compiled::Compiled;
    use super::is_match;
    use crate::field::ValueError;

    fn check(pattern: &str, ignore_case: bool) -> Result<(), ValueError> {
        Compiled::new(pattern, ignore_case).map(drop)
    }

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
        // Each of these is seconds of a processor.
        for pattern in [
            r"[\w\W]".repeat(166),
            r"\pL".repeat(333),
            r"\P{Lu}".repeat(166),
            format!("[{}]", r"\pL\PL".repeat(166)),
            format!(r"[\w{}]", r"&&\w".repeat(20)),
            format!("{}a{}", "[^".repeat(49), "]".repeat(49)),
            format!("(?i){}", r"[^a]".repeat(240)),
        ] {
            assert_eq!(
                check(&pattern, true).unwrap_err().message(),
                r"expected a pattern of at most 24 classes (`[..]`, `\p`)",
                "{pattern}"
            );
        }
        // One that is escaped, or stands in a class, is none.
        assert_eq!(check(&format!(r"{}[\[]", r"\[".repeat(100)), false), Ok(()));
        assert!(check(&format!("{}a{}", "(".repeat(60), ")".repeat(60)), false).is_err());
    }

    #[test]
    fn it_matches_as_the_crate_regex_does() {
        let texts = [
            "",
            "a",
            "Ä b",
            "ab ab",
            "aß",
            "ß a",
            "été",
            "foo bär",
            "x\ny",
            "12٣",
            "aaaaab",
            &"ab ".repeat(300),
        ];
        for pattern in [
            "",
            "^$",
            "a",
            r"\ba",
            r"a\b",
            r"\bä\b",
            r"\Bb",
            r"\bé\w+é\b",
            r"\d{3}",
            "^a*b$",
            "(?m)^y$",
            "(?s)x.y",
            "[^a]",
            "b +$",
            r"(?-u:\b)a",
            "a|ß",
            r"^\W*$",
            r"\p{Lu}",
            "(a?){20}b",
            r"r\b",
        ] {
            for ignore_case in [false, true] {
                let regex = regex::RegexBuilder::new(pattern)
                    .case_insensitive(ignore_case)
                    .build()
                    .unwrap();
                for text in texts {
                    let matches = is_match(pattern, ignore_case, text);
                    assert_eq!(
                        matches,
                        regex.is_match(text),
                        "{pattern:?} {ignore_case} {text:?}"
                    );
                }
            }
        }
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
