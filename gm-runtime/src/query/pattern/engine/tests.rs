use super::compiled::Compiled;
use crate::field::ValueError;
use crate::query::pattern::is_match;

fn check(pattern: &str, ignore_case: bool) -> Result<(), ValueError> {
    Compiled::new(pattern, ignore_case).map(drop)
}

#[test]
fn usual_patterns_are_accepted() {
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
fn the_error_says_why_a_pattern_is_refused() {
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
        (
            "(a{1000}){1000}",
            "expected a simpler pattern: its compiled form is too large",
        ),
    ] {
        assert_eq!(check(pattern, false).unwrap_err().message(), message, "{pattern}");
    }
    assert_eq!(
        check(&"a".repeat(1001), false).unwrap_err().message(),
        "expected a pattern of at most 1000 bytes"
    );
    // Each of these would take seconds to compile.
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
    // An escaped bracket, or one inside a class, begins no class.
    assert_eq!(check(&format!(r"{}[\[]", r"\[".repeat(100)), false), Ok(()));
    assert!(check(&format!("{}a{}", "(".repeat(60), ")".repeat(60)), false).is_err());
}

#[test]
fn patterns_match_like_the_crate_regex() {
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
fn more_patterns_than_the_cache_holds_match_correctly() {
    for round in 0..3 {
        for number in 0..20 {
            let pattern = format!("^{number}$");
            assert!(is_match(&pattern, false, &number.to_string()), "{round}");
            assert!(!is_match(&pattern, true, "x"));
        }
    }
}
