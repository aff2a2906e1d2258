//! Of how many places a table of SQLite's says that its decimals are.
//!
//! They are integers in units of their last place, and `INTEGER` says nothing of that. A constraint does, which is kept
//! with the column: through copies of the file, dumps, and `RENAME COLUMN`, which changes the name in its condition. It
//! is read from the statement that made the table, since no pragma tells it.

use crate::interface::sql::schema::CONSTRAINT_NAME;
use crate::interface::sqlite::tokens::{Token, tokens};

/// Those of the digits that fit a column.
const MOST: u32 = 18;

/// The columns of which this statement says it, with their places.
pub(crate) fn said_places(statement: &str) -> Vec<(String, u32)> {
    tokens(statement).windows(8).filter_map(said).collect()
}

/// The column of which these tokens of a constraint say it, with its places.
pub(crate) fn said(tokens: &[Token<'_>]) -> Option<(String, u32)> {
    let [constraint, name, check, open, function, inner, column, close, ..] = tokens else {
        return None;
    };
    let is_one = constraint.is("constraint")
        && check.is("check")
        && open.is_sign('(')
        && function.is("typeof")
        && inner.is_sign('(')
        && close.is_sign(')');
    let name = name.name().filter(|_| is_one)?.to_ascii_lowercase();
    let places = name.strip_prefix(CONSTRAINT_NAME)?.parse().ok()?;
    (places <= MOST).then_some((column.name()?.to_owned(), places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::sql::SqlDialect;
    use crate::interface::sql::schema::says_places;

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
