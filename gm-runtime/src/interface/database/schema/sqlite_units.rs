//! Of how many places a table of SQLite's says that its decimals are.
//!
//! They are integers in units of their last place, and `INTEGER` says nothing of that. A constraint does, which is kept
//! with the column: through copies of the file, dumps, and `RENAME COLUMN`, which changes the name in its condition. It
//! is read from the statement that made the table, since no pragma tells it.

use super::SqlDialect;

const NAME: &str = "decimal_places_";
/// Those of the digits that fit a column.
const MOST: u32 = 18;

/// What is written behind the column's type. The condition holds for every value that the column may have.
pub(crate) fn says_places(column: &str, places: u32) -> String {
    let column = SqlDialect::Sqlite.quote(column);
    format!("CONSTRAINT {NAME}{places} CHECK (typeof({column}) IN ('integer', 'null'))")
}

/// The columns of which this statement says it, with their places.
pub(crate) fn said_places(statement: &str) -> Vec<(String, u32)> {
    let tokens = tokens(statement);
    let said = tokens.windows(8).filter_map(|tokens| match tokens {
        [
            constraint,
            name,
            check,
            Token::Sign('('),
            function,
            Token::Sign('('),
            column,
            Token::Sign(')'),
        ] if constraint.is("constraint") && check.is("check") && function.is("typeof") => {
            let name = name.name()?.to_ascii_lowercase();
            let places = name.strip_prefix(NAME)?.parse().ok()?;
            (places <= MOST).then_some((column.name()?.to_owned(), places))
        }
        _ => None,
    });
    said.collect()
}

/// A part of a statement. Spaces and comments are none.
enum Token<'s> {
    Word(&'s str),
    Name(String),
    Text,
    Sign(char),
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Name(name) => Some(name),
            Self::Text | Self::Sign(_) => None,
        }
    }
}

fn tokens(statement: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = statement;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("--") {
            rest = behind(comment, "\n");
            continue;
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = behind(comment, "*/");
            continue;
        }
        let mut characters = rest.chars();
        let Some(first) = characters.next() else {
            return tokens;
        };
        let inside = characters.as_str();
        let token;
        (token, rest) = match first {
            '\'' => (Token::Text, quoted(inside, first).1),
            '"' | '`' => {
                let (name, rest) = quoted(inside, first);
                (Token::Name(name), rest)
            }
            '[' => {
                let (name, rest) = inside.split_once(']').unwrap_or((inside, ""));
                (Token::Name(name.to_owned()), rest)
            }
            _ if in_a_word(first) => {
                let end = rest.find(|c| !in_a_word(c)).unwrap_or(rest.len());
                let (word, rest) = rest.split_at(end);
                (Token::Word(word), rest)
            }
            sign => (Token::Sign(sign), inside),
        };
        tokens.push(token);
    }
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
    fn what_is_written_is_read() {
        for column in ["amount", "Amount", "a\"b", "constraint"] {
            let name = SqlDialect::Sqlite.quote(column);
            let written = format!("CREATE TABLE t ({name} INTEGER {})", says_places(column, 3));
            assert_eq!(said_places(&written), [(column.to_owned(), 3)], "{written}");
        }
    }

    #[test]
    fn others_write_it_in_their_way() {
        for (there, said) in [
            (
                "Constraint [decimal_places_0]\n check(TypeOf(`a`)in('integer'))",
                0,
            ),
            (
                "CONSTRAINT \"DECIMAL_PLACES_2\" /* units */ CHECK ( typeof ( a ) = 'integer')",
                2,
            ),
            (
                "DEFAULT 'it''s' CONSTRAINT -- of\n decimal_places_18 CHECK (typeof(\"a\") <> 'real')",
                18,
            ),
        ] {
            let statement = format!("CREATE TABLE t (a INTEGER {there}, b TEXT)");
            assert_eq!(said_places(&statement), [("a".to_owned(), said)], "{there}");
        }
    }

    #[test]
    fn what_only_looks_like_it() {
        let said = says_places("a", 2);
        for there in [
            format!("-- {said}\n"),
            format!("/* {said} */"),
            format!("DEFAULT ('{}')", said.replace('\'', "''")),
            said.replace("_2", "_19"),
            said.replace("_2", "_"),
            said.replace("_2", "_two"),
            said.replace("typeof", "abs"),
            "CONSTRAINT decimal_places_2 CHECK (a > 0)".to_owned(),
            "\"".to_owned() + &said,
        ] {
            let statement = format!("CREATE TABLE t (a INTEGER {there})");
            assert_eq!(said_places(&statement), [], "{there}");
        }
    }
}
