//! `ON CONFLICT REPLACE`: if a value is taken, SQLite deletes the row that has it, without an error.

use super::create_statement::{Clause, ClauseKind, Statement};
use crate::interface::sqlite::tokenizer::{Token, tokenize};

/// The columns whose own primary key or unique constraint says so. `None` if the statement says so somewhere, and has unknown
/// syntax.
pub(super) fn replacing_columns(statement: &str) -> Option<Vec<String>> {
    let tokens = tokenize(statement);
    if position(&tokens).is_none() {
        return Some(Vec::new());
    }
    let statement = Statement::parse(&tokens)?;
    let of_columns = statement
        .columns
        .iter()
        .filter(|column| column.clauses.iter().any(replaces));
    let of_table = statement.constraints.iter().filter(|clause| replaces(clause));
    let columns = of_columns
        .map(|column| column.name())
        .chain(of_table.filter_map(only_column));
    Some(columns.map(str::to_owned).collect())
}

/// Removes the clause from the constraints on this column alone.
pub(super) fn remove(statement: &mut Statement<'_>, column: &str) {
    let is_column = |name: &str| name.eq_ignore_ascii_case(column);
    let of_table = statement.constraints.iter_mut();
    for clause in of_table.filter(|clause| only_column(clause).is_some_and(is_column)) {
        remove_from(clause);
    }
    let of_column = statement.columns.iter_mut().find(|known| is_column(known.name()));
    for clause in of_column.into_iter().flat_map(|known| &mut known.clauses) {
        remove_from(clause);
    }
}

fn remove_from(clause: &mut Clause<'_>) {
    if replaces(clause)
        && let Some(position) = position(&clause.tokens)
    {
        clause
            .tokens
            .drain(position..position.saturating_add(WORDS.len()));
    }
}

const WORDS: [&str; 3] = ["on", "conflict", "replace"];

fn replaces(clause: &Clause<'_>) -> bool {
    matches!(clause.kind, ClauseKind::PrimaryKey | ClauseKind::Unique) && position(&clause.tokens).is_some()
}

fn position(tokens: &[Token<'_>]) -> Option<usize> {
    let says = |window: &[Token<'_>]| window.iter().zip(WORDS).all(|(token, word)| token.is(word));
    tokens.windows(WORDS.len()).position(says)
}

/// The column of a table's constraint, if it has only one.
fn only_column<'c>(clause: &'c Clause<'_>) -> Option<&'c str> {
    let behind = clause
        .tokens
        .iter()
        .skip_while(|token| !token.is_symbol('('))
        .skip(1);
    let mut inside = behind.take_while(|token| !token.is_symbol(')'));
    let first = inside.next()?.name_or_text()?;
    inside.all(|token| !token.is_symbol(',')).then_some(first)
}
