//! The tokens of a statement, as SQLite reads them.

use std::borrow::Cow;

/// A token. Spaces and comments are none.
#[derive(Clone, Debug)]
pub(crate) struct Token<'s> {
    /// As it stands in the statement.
    text: Cow<'s, str>,
    /// Where that is.
    at: usize,
    kind: Kind,
    /// Whether a space or a comment is in front of it.
    spaced: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Word,
    /// A name in quotes, without them.
    Name(String),
    /// Text in quotes, without them. SQLite takes it for a name where only a name may stand.
    Text(String),
    /// A number, or a blob.
    Literal,
    Sign(char),
}

impl Token<'_> {
    /// What stands for tokens that are put in.
    pub(crate) fn put_in(sql: String) -> Self {
        Self {
            text: Cow::Owned(sql),
            at: 0,
            kind: Kind::Literal,
            spaced: true,
        }
    }

    /// Where the token is in the statement, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// The name that this is, where a name may stand.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word => Some(&self.text),
            Kind::Name(name) => Some(name),
            Kind::Text(_) | Kind::Literal | Kind::Sign(_) => None,
        }
    }

    /// The same where no other text may stand, so that text is a name too.
    pub(crate) fn name_or_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => self.name(),
        }
    }
}

/// These tokens as SQL: what was apart is apart by one space.
pub(crate) fn sql(tokens: &[Token<'_>]) -> String {
    let mut sql = String::new();
    for token in tokens {
        if token.spaced && !sql.is_empty() {
            sql.push(' ');
        }
        sql.push_str(&token.text);
    }
    sql
}

/// Whether a name among these tokens is this one.
pub(crate) fn mention(tokens: &[Token<'_>], name: &str) -> bool {
    let mut names = tokens.iter().filter_map(Token::name);
    names.any(|found| found.eq_ignore_ascii_case(name))
}

pub(crate) fn tokens(statement: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = statement;
    let mut spaced = false;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
        spaced |= trimmed.len() < rest.len();
        rest = trimmed;
        if let Some(comment) = rest.strip_prefix("--") {
            rest = behind(comment, "\n");
            spaced = true;
            continue;
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = behind(comment, "*/");
            spaced = true;
            continue;
        }
        let Some(first) = rest.chars().next() else {
            return tokens;
        };
        let (kind, length) = token(rest, first);
        let (text, behind) = rest.split_at(length);
        tokens.push(Token {
            text: Cow::Borrowed(text),
            at: statement.len() - rest.len(),
            kind,
            spaced,
        });
        rest = behind;
        spaced = false;
    }
}

/// The token that this begins with, and its length.
fn token(rest: &str, first: char) -> (Kind, usize) {
    let inside = rest.strip_prefix(first).unwrap_or_default();
    let second = inside.chars().next();
    match first {
        '\'' => {
            let (text, behind) = quoted(inside, first);
            (Kind::Text(text), rest.len() - behind.len())
        }
        '"' | '`' => {
            let (name, behind) = quoted(inside, first);
            (Kind::Name(name), rest.len() - behind.len())
        }
        '[' => {
            let (name, behind) = inside.split_once(']').unwrap_or((inside, ""));
            (Kind::Name(name.to_owned()), rest.len() - behind.len())
        }
        'x' | 'X' if second == Some('\'') => {
            let behind = quoted(inside.strip_prefix('\'').unwrap_or_default(), '\'').1;
            (Kind::Literal, rest.len() - behind.len())
        }
        _ if first.is_ascii_digit() || (first == '.' && second.is_some_and(|c| c.is_ascii_digit())) => {
            (Kind::Literal, number(rest))
        }
        _ if in_a_word(first) => (Kind::Word, rest.find(|c| !in_a_word(c)).unwrap_or(rest.len())),
        sign => (Kind::Sign(sign), sign.len_utf8()),
    }
}

/// The length of a number with its point and its exponent.
fn number(text: &str) -> usize {
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let mut before = ' ';
    let ends = |(_, c): &(usize, char)| {
        let sign_of_exponent = !hexadecimal && matches!(*c, '+' | '-') && matches!(before, 'e' | 'E');
        before = *c;
        !(in_a_word(*c) || *c == '.' || sign_of_exponent)
    };
    text.char_indices().find(ends).map_or(text.len(), |(end, _)| end)
}

fn behind<'s>(text: &'s str, end: &str) -> &'s str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// What stands in these quotes, and what is behind them. One that is doubled is one of the text.
fn quoted(mut rest: &str, quote: char) -> (String, &str) {
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once(quote) {
        text.push_str(before);
        let Some(more) = after.strip_prefix(quote) else {
            return (text, after);
        };
        text.push(quote);
        rest = more;
    }
    (text, "")
}

fn in_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_written_as_they_were_read() {
        for (statement, written) in [
            ("a  -1.5e-3||x'00ff'/* c */<> .5", "a -1.5e-3||x'00ff' <> .5"),
            ("\"a b\"'it''s'[c]`d`", "\"a b\"'it''s'[c]`d`"),
            ("0x1e-3 -- c\n-2", "0x1e-3 -2"),
            ("t.c->>'$.a'", "t.c->>'$.a'"),
        ] {
            assert_eq!(sql(&tokens(statement)), written);
        }
        assert_eq!(tokens("1.5e-3").len(), 1);
        assert_eq!(tokens("0x1e-3").len(), 3);
        assert_eq!(tokens("x'00' x").len(), 2);
    }

    #[test]
    fn names_in_any_quotes() {
        let statement = tokens("a \"A\"\"b\" [a b] `c` 'd' 1");
        let names: Vec<_> = statement.iter().filter_map(Token::name).collect();
        assert_eq!(names, ["a", "A\"b", "a b", "c"]);
        assert!(mention(&statement, "A") && !mention(&statement, "d"));
    }
}
