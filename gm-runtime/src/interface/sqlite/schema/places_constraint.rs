//! Reads the constraint that records the decimal places of a column.
//!
//! No pragma reports the constraint, so it is read from the statement that created the table.

use crate::interface::sql::schema::CONSTRAINT_PREFIX;
use crate::interface::sqlite::tokenizer::{Token, tokenize};

/// Decimals with more digits do not fit in a column.
const MAX_PLACES: u32 = 18;

/// The columns whose decimal places a statement records.
pub(super) fn all_recorded_places(statement: &str) -> Vec<(String, u32)> {
    tokenize(statement)
        .windows(8)
        .filter_map(recorded_places)
        .collect()
}

/// The column and the places, if these tokens begin with such a constraint.
pub(super) fn recorded_places(tokens: &[Token<'_>]) -> Option<(String, u32)> {
    let [constraint, name, check, open, function, inner, column, close, ..] = tokens else {
        return None;
    };
    let is_typeof_check = constraint.is("constraint")
        && check.is("check")
        && open.is_symbol('(')
        && function.is("typeof")
        && inner.is_symbol('(')
        && close.is_symbol(')');
    let name = name.name().filter(|_| is_typeof_check)?.to_ascii_lowercase();
    let places = name.strip_prefix(CONSTRAINT_PREFIX)?.parse().ok()?;
    (places <= MAX_PLACES).then_some((column.name()?.to_owned(), places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::sql::SqlDialect;
    use crate::interface::sql::schema::places_constraint;

    #[test]
    fn reads_what_create_table_prints() {
        for column in ["amount", "Amount", "a\"b", "constraint"] {
            let name = SqlDialect::Sqlite.quote(column);
            let statement = format!("CREATE TABLE t ({name} INTEGER {})", places_constraint(column, 3));
            assert_eq!(
                all_recorded_places(&statement),
                [(column.to_owned(), 3)],
                "{statement}"
            );
        }
    }

    #[test]
    fn reads_other_spellings() {
        for (definition, places) in [
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
            let statement = format!("CREATE TABLE t (a INTEGER {definition}, b TEXT)");
            assert_eq!(
                all_recorded_places(&statement),
                [("a".to_owned(), places)],
                "{definition}"
            );
        }
    }

    #[test]
    fn ignores_text_that_only_looks_similar() {
        let constraint = places_constraint("a", 2);
        for definition in [
            format!("-- {constraint}\n"),
            format!("/* {constraint} */"),
            format!("DEFAULT ('{}')", constraint.replace('\'', "''")),
            constraint.replace("_2", "_19"),
            constraint.replace("_2", "_"),
            constraint.replace("_2", "_two"),
            constraint.replace("typeof", "abs"),
            "CONSTRAINT decimal_places_2 CHECK (a > 0)".to_owned(),
            "\"".to_owned() + &constraint,
        ] {
            let statement = format!("CREATE TABLE t (a INTEGER {definition})");
            assert_eq!(all_recorded_places(&statement), [], "{definition}");
        }
    }
}
