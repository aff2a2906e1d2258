//! A tokenizer for SQLite's statements.

use std::borrow::Cow;

/// A token. White space and comments are not tokens.
#[derive(Clone, Debug)]
pub(super) struct Token<'s> {
    /// The token as the statement spells it.
    text: Cow<'s, str>,
    /// The position in the statement, in bytes.
    offset: usize,
    kind: Kind,
    /// Whether white space or a comment precedes it.
    space_before: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Word,
    /// A quoted name, unquoted.
    Name(String),
    /// A quoted text, unquoted. SQLite reads it as a name where the grammar allows only a name.
    Text(String),
    /// A number or a blob.
    Literal,
    Symbol(char),
}

impl Token<'_> {
    /// SQL that is inserted as it is, as one token.
    pub(super) fn raw(sql: String) -> Self {
        Self {
            text: Cow::Owned(sql),
            offset: 0,
            kind: Kind::Literal,
            space_before: true,
        }
    }

    /// The position in the statement, in bytes.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Whether this is an unquoted word, in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_symbol(&self, symbol: char) -> bool {
        self.kind == Kind::Symbol(symbol)
    }

    /// The name that this token is, where the grammar also allows text.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word => Some(&self.text),
            Kind::Name(name) => Some(name),
            Kind::Text(_) | Kind::Literal | Kind::Symbol(_) => None,
        }
    }

    /// The name that this token is, where the grammar allows only a name. Quoted text is a name there.
    pub(super) fn name_or_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => self.name(),
        }
    }
}

/// Prints tokens as SQL. One space replaces white space and comments.
pub(super) fn to_sql(tokens: &[Token<'_>]) -> String {
    let mut sql = String::new();
    for token in tokens {
        if token.space_before && !sql.is_empty() {
            sql.push(' ');
        }
        sql.push_str(&token.text);
    }
    sql
}

/// The statement without a comment behind its last token, which may have no end.
pub(super) fn without_trailing_comment(statement: &str) -> &str {
    let end = tokenize(statement)
        .last()
        .map_or(0, |last| last.offset.saturating_add(last.text.len()));
    statement.get(..end).unwrap_or_default()
}

/// Whether one of these tokens is this name.
pub(super) fn mentions(tokens: &[Token<'_>], name: &str) -> bool {
    let mut names = tokens.iter().filter_map(Token::name);
    names.any(|known| known.eq_ignore_ascii_case(name))
}

/// Splits a statement into tokens. It never fails: SQLite has already parsed the statement.
pub(super) fn tokenize(statement: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = statement;
    let mut space_before = false;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
        space_before |= trimmed.len() < rest.len();
        rest = trimmed;
        if let Some(comment) = rest.strip_prefix("--") {
            rest = after(comment, "\n");
            space_before = true;
            continue;
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = after(comment, "*/");
            space_before = true;
            continue;
        }
        let Some(first) = rest.chars().next() else {
            return tokens;
        };
        let (kind, length) = first_token(rest, first);
        let (text, following) = rest.split_at(length);
        tokens.push(Token {
            text: Cow::Borrowed(text),
            offset: statement.len() - rest.len(),
            kind,
            space_before,
        });
        rest = following;
        space_before = false;
    }
}

/// The first token's kind and length.
fn first_token(rest: &str, first: char) -> (Kind, usize) {
    let inside = rest.strip_prefix(first).unwrap_or_default();
    let second = inside.chars().next();
    match first {
        '\'' => {
            let (text, following) = quoted(inside, first);
            (Kind::Text(text), rest.len() - following.len())
        }
        '"' | '`' => {
            let (name, following) = quoted(inside, first);
            (Kind::Name(name), rest.len() - following.len())
        }
        '[' => {
            let (name, following) = inside.split_once(']').unwrap_or((inside, ""));
            (Kind::Name(name.to_owned()), rest.len() - following.len())
        }
        'x' | 'X' if second == Some('\'') => {
            let following = quoted(inside.strip_prefix('\'').unwrap_or_default(), '\'').1;
            (Kind::Literal, rest.len() - following.len())
        }
        _ if first.is_ascii_digit() || (first == '.' && second.is_some_and(|c| c.is_ascii_digit())) => {
            (Kind::Literal, number(rest))
        }
        _ if is_word_character(first) => (
            Kind::Word,
            rest.find(|c| !is_word_character(c)).unwrap_or(rest.len()),
        ),
        symbol => (Kind::Symbol(symbol), symbol.len_utf8()),
    }
}

/// The length of a number, with its point and its exponent.
fn number(text: &str) -> usize {
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let mut previous = ' ';
    let ends = |(_, c): &(usize, char)| {
        let is_exponent_sign = !hexadecimal && matches!(*c, '+' | '-') && matches!(previous, 'e' | 'E');
        previous = *c;
        !(is_word_character(*c) || *c == '.' || is_exponent_sign)
    };
    text.char_indices().find(ends).map_or(text.len(), |(end, _)| end)
}

fn after<'s>(text: &'s str, end: &str) -> &'s str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// The unquoted text, and the rest behind its closing quote. A doubled quote stands for one.
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

fn is_word_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_tokens_as_they_were_spelled() {
        for (statement, printed) in [
            ("a  -1.5e-3||x'00ff'/* c */<> .5", "a -1.5e-3||x'00ff' <> .5"),
            ("\"a b\"'it''s'[c]`d`", "\"a b\"'it''s'[c]`d`"),
            ("0x1e-3 -- c\n-2", "0x1e-3 -2"),
            ("t.c->>'$.a'", "t.c->>'$.a'"),
        ] {
            assert_eq!(to_sql(&tokenize(statement)), printed);
        }
        assert_eq!(tokenize("1.5e-3").len(), 1);
        assert_eq!(tokenize("0x1e-3").len(), 3);
        assert_eq!(tokenize("x'00' x").len(), 2);
    }

    #[test]
    fn removes_a_trailing_comment() {
        for (statement, left) in [
            ("a /* b */ 'c' /* d", "a /* b */ 'c'"),
            ("a -- b\n '/*' -- c", "a -- b\n '/*'"),
            ("a[/*]\n", "a[/*]"),
            ("/* a", ""),
        ] {
            assert_eq!(without_trailing_comment(statement), left);
        }
    }

    #[test]
    fn reads_names_in_any_quotes() {
        let statement = tokenize("a \"A\"\"b\" [a b] `c` 'd' 1");
        let names: Vec<_> = statement.iter().filter_map(Token::name).collect();
        assert_eq!(names, ["a", "A\"b", "a b", "c"]);
        assert!(mentions(&statement, "A") && !mentions(&statement, "d"));
    }
}
