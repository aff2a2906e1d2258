//! Patterns of the crate `regex` as those of ECMA-262, which JSON Schema has.
//!
//! Only what both engines read is translated, to the same meaning. A class such as `\d` is Unicode's, so it becomes a property.

use std::iter::Peekable;
use std::str::Chars;

/// The pattern that matches the whole of the same texts, in the syntax of ECMA-262 with the flag `u`. `None` if it has a part that is
/// not translated, such as flags, names of groups, word boundaries, and operators between classes. `blank`: whether empty text matches,
/// too.
pub(super) fn ecma(pattern: &str, blank: bool) -> Option<String> {
    let mut out = String::from("^(?:");
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => escape(rest.next()?, false, &mut out)?,
            '[' => class(&mut rest, &mut out)?,
            '.' => out.push_str(r"[^\n]"),
            '(' => group(&mut rest, &mut out)?,
            '{' => repetition(&mut rest, &mut out)?,
            ']' | '}' => out.extend(['\\', character]),
            _ => out.push(character),
        }
    }
    out.push_str(if blank { ")?$" } else { ")$" });
    Some(out)
}

/// `(` or `(?:`. Other kinds of groups have names or flags.
fn group(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('(');
    if rest.next_if_eq(&'?').is_some() {
        rest.next_if_eq(&':')?;
        out.push_str("?:");
    }
    Some(())
}

/// `{2}`, `{2,}` or `{2,3}`.
fn repetition(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    let mut text = String::new();
    loop {
        match rest.next()? {
            '}' => break,
            character => text.push(character),
        }
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (least, most) = text.split_once(',').unwrap_or((&text, ""));
    if !is_number(least) || !(most.is_empty() || is_number(most)) {
        return None;
    }
    out.push('{');
    out.push_str(&text);
    out.push('}');
    Some(())
}

/// A class in brackets, whose `[` is read.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut is_empty = true;
    loop {
        let character = rest.next()?;
        match character {
            // The first one is a member of the class in one engine, and the end of an empty class in the other.
            ']' if is_empty => return None,
            ']' => break,
            '\\' => escape(rest.next()?, true, out)?,
            // A class in a class, and the operators `&&`, `--` and `~~`.
            '[' => return None,
            '&' | '-' | '~' if rest.peek() == Some(&character) => return None,
            _ => out.push(character),
        }
        is_empty = false;
    }
    out.push(']');
    Some(())
}

/// What follows a backslash.
fn escape(character: char, in_class: bool, out: &mut String) -> Option<()> {
    let property = |inner: &str, out: &mut String| {
        if in_class {
            out.push_str(inner);
        } else {
            out.extend(["[", inner, "]"]);
        }
        Some(())
    };
    match character {
        'd' => property(r"\p{Nd}", out),
        'D' => property(r"\P{Nd}", out),
        's' => property(r"\p{White_Space}", out),
        'S' => property(r"\P{White_Space}", out),
        'w' => property(r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}", out),
        'n' | 'r' | 't' | 'f' | 'v' => {
            out.extend(['\\', character]);
            Some(())
        }
        '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/' => {
            out.extend(['\\', character]);
            Some(())
        }
        '-' if in_class => {
            out.push_str(r"\-");
            Some(())
        }
        '-' | '#' | '&' | '~' | ' ' | '!' | '"' | '%' | '\'' | ',' | ':' | ';' | '=' | '@' | '_' | '`' => {
            if in_class && matches!(character, '&' | '~') {
                return None;
            }
            out.push(character);
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::ecma;

    #[test]
    fn what_both_engines_read_is_translated() {
        for (pattern, translated) in [
            ("[A-Z]{3}-[0-9]+", "^(?:[A-Z]{3}-[0-9]+)$"),
            (r"\d{2,}|x{1,3}?", r"^(?:[\p{Nd}]{2,}|x{1,3}?)$"),
            (r"(?:a|b)(c)", r"^(?:(?:a|b)(c))$"),
            (r".+@.+\.[a-z]+", r"^(?:[^\n]+@[^\n]+\.[a-z]+)$"),
            (
                r"[\w.-]+",
                r"^(?:[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}.-]+)$",
            ),
            (r"\#\-[\-\]^]", r"^(?:#-[\-\]^])$"),
            ("a}]", r"^(?:a\}\])$"),
            (r"[^\s]*", r"^(?:[^\p{White_Space}]*)$"),
            ("", "^(?:)$"),
        ] {
            assert_eq!(ecma(pattern, false).as_deref(), Some(translated), "{pattern}");
        }
        assert_eq!(ecma("[a-z]+", true).as_deref(), Some("^(?:[a-z]+)?$"));
    }

    #[test]
    fn what_the_engines_read_differently_is_not_translated() {
        for pattern in [
            "(?i)abc",
            "(?P<name>a)",
            "(?<name>a)",
            r"\bword\b",
            "[[:alpha:]]",
            "[a-z&&[^b]]",
            "[]a]",
            "[a--b]",
            r"\x41",
            r"\u{41}",
            r"\pL",
            r"\p{Greek}",
            r"\Aa\z",
            "a{,3}",
            "a{x}",
            "[a",
            "a{2",
            "\\",
            r"\W",
        ] {
            assert_eq!(ecma(pattern, false), None, "{pattern}");
        }
    }
}
