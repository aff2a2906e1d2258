//! The clauses of a column or a table: constraints, default and collation.

use crate::interface::sqlite::tokenizer::Token;

/// A clause, with the name of its constraint if it has one.
#[derive(Clone, Debug)]
pub(in crate::interface::sqlite::schema) struct Clause<'s> {
    pub(in crate::interface::sqlite::schema) kind: ClauseKind,
    pub(in crate::interface::sqlite::schema) tokens: Vec<Token<'s>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::interface::sqlite::schema) enum ClauseKind {
    Default,
    Null,
    NotNull,
    PrimaryKey,
    Unique,
    Check,
    /// A foreign key, or its deferral.
    References,
    Collate,
    Computed,
    /// `CONSTRAINT name` without a constraint.
    Name,
}
