//! A table's statement with its changes, and how the rows are copied.

use crate::interface::sql::schema::{ForeignKey, TargetColumn, TargetTable};
use crate::interface::sqlite::schema::create_statement::{Clause, ClauseKind, Column, Statement};
use crate::interface::sqlite::schema::introspection::{ExistingColumn, ExistingTable};
use crate::interface::sqlite::tokenizer::Token;

/// The statement of the new table, and the expressions that fill it.
pub(in crate::interface::sqlite::schema) struct EditedStatement<'a> {
    pub(in crate::interface::sqlite::schema) statement: Statement<'a>,
    /// Comments on what happens to the rows.
    pub(in crate::interface::sqlite::schema) comments: String,
    /// SQL conditions. A new row that meets one has a value of another type than declared.
    pub(in crate::interface::sqlite::schema) wrong_types: Vec<String>,
    /// The foreign keys that the new table gets.
    pub(in crate::interface::sqlite::schema) added_keys: Vec<ForeignKey>,
    /// SQL conditions. An old row that meets one would lose or change a value.
    pub(in crate::interface::sqlite::schema) lossy: Vec<String>,
    /// Whether a column becomes the `INTEGER PRIMARY KEY`.
    pub(in crate::interface::sqlite::schema) adds_rowid_alias: bool,
    /// The columns that are not copied as they are, with their expressions.
    pub(in crate::interface::sqlite::schema) copied: Vec<(&'static str, String)>,
    pub(in crate::interface::sqlite::schema) target: &'a TargetTable,
    pub(in crate::interface::sqlite::schema) table: &'a ExistingTable,
}

impl<'a> EditedStatement<'a> {
    pub(in crate::interface::sqlite::schema) fn unchanged(
        target: &'a TargetTable,
        table: &'a ExistingTable,
        statement: Statement<'a>,
    ) -> Self {
        Self {
            statement,
            comments: String::new(),
            wrong_types: Vec::new(),
            added_keys: Vec::new(),
            lossy: Vec::new(),
            adds_rowid_alias: false,
            copied: Vec::new(),
            target,
            table,
        }
    }

    /// The expression that fills the column, if it is not the old column.
    pub(in crate::interface::sqlite::schema) fn copy_expression(
        &self,
        column: &ExistingColumn,
    ) -> Option<&str> {
        let mut copied = self.copied.iter();
        copied
            .find(|(name, _)| name.eq_ignore_ascii_case(&column.name))
            .map(|(_, expression)| expression.as_str())
    }

    pub(in crate::interface::sqlite::schema) fn column(
        &mut self,
        target: &TargetColumn,
    ) -> Result<&mut Column<'a>, String> {
        let mut columns = self.statement.columns.iter_mut();
        columns
            .find(|column| target.is_named(column.name()))
            .ok_or_else(|| format!("its statement does not name `{}`", target.name()))
    }
}

/// A new clause of this text.
pub(in crate::interface::sqlite::schema) fn new_clause<'s>(kind: ClauseKind, sql: String) -> Clause<'s> {
    Clause {
        kind,
        tokens: vec![Token::raw(sql)],
    }
}
