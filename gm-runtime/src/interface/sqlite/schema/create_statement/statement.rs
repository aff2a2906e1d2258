//! `CREATE TABLE`, parsed into columns and clauses.

use super::clause::{Clause, ClauseKind};
use super::reader::{Reader, split};
use crate::interface::sqlite::tokenizer::{Token, to_sql};

/// `CREATE TABLE name (columns, constraints) options`.
#[derive(Debug)]
pub(in crate::interface::sqlite::schema) struct Statement<'s> {
    pub(in crate::interface::sqlite::schema) columns: Vec<Column<'s>>,
    /// The constraints of the table.
    pub(in crate::interface::sqlite::schema) constraints: Vec<Clause<'s>>,
    options: Vec<Token<'s>>,
    /// The offset of the part behind the table's name.
    pub(in crate::interface::sqlite::schema) body: usize,
}

#[derive(Debug)]
pub(in crate::interface::sqlite::schema) struct Column<'s> {
    name: Token<'s>,
    pub(in crate::interface::sqlite::schema) column_type: Vec<Token<'s>>,
    pub(in crate::interface::sqlite::schema) clauses: Vec<Clause<'s>>,
}

impl<'s> Statement<'s> {
    /// Parses a statement. `None` if it does not create a table, or has unknown syntax.
    pub(in crate::interface::sqlite::schema) fn parse(tokens: &[Token<'s>]) -> Option<Self> {
        let open = tokens.iter().position(|token| token.is_symbol('('))?;
        let (head, body) = tokens.split_at(open);
        if !(head.first()?.is("create") && head.iter().any(|token| token.is("table"))) {
            return None;
        }
        let mut reader = Reader { rest: body };
        let inside = reader.parenthesis()?;
        let inside = inside.get(1..inside.len().checked_sub(1)?)?;
        let (mut columns, mut constraints) = (Vec::new(), Vec::new());
        for item in split(inside)? {
            let first = item.first()?;
            let keywords = ["constraint", "primary", "unique", "check", "foreign"];
            if keywords.iter().any(|word| first.is(word)) {
                constraints.extend(Reader { rest: item }.clauses(true)?);
            } else if constraints.is_empty() {
                columns.push(Column::parse(item)?);
            } else {
                return None;
            }
        }
        Some(Self {
            columns,
            constraints,
            options: reader.rest.to_vec(),
            body: body.first()?.offset(),
        })
    }

    /// Prints the statement with another table name, already quoted, and with these columns added.
    pub(in crate::interface::sqlite::schema) fn create(&self, name: &str, added: &[String]) -> String {
        let mut lines: Vec<_> = self.columns.iter().map(Column::to_sql).collect();
        lines.extend_from_slice(added);
        lines.extend(self.constraints.iter().map(|clause| to_sql(&clause.tokens)));
        let options = to_sql(&self.options);
        let space = if options.is_empty() { "" } else { " " };
        format!(
            "CREATE TABLE {name} (\n    {}\n){space}{options}",
            lines.join(",\n    ")
        )
    }
}

impl<'s> Column<'s> {
    fn parse(item: &[Token<'s>]) -> Option<Self> {
        let (name, rest) = item.split_first()?;
        name.name_or_text()?;
        let mut reader = Reader { rest };
        let mut column_type = Vec::new();
        while let Some(token) = reader.rest.first()
            && !reader.is_at_clause()
        {
            if token.is_symbol('(') {
                column_type.extend_from_slice(reader.parenthesis()?);
            } else {
                token.name_or_text()?;
                column_type.extend_from_slice(reader.take(1)?);
            }
        }
        Some(Self {
            name: name.clone(),
            column_type,
            clauses: reader.clauses(false)?,
        })
    }

    pub(in crate::interface::sqlite::schema) fn name(&self) -> &str {
        self.name.name_or_text().unwrap_or_default()
    }

    pub(in crate::interface::sqlite::schema) fn clause(&self, kind: ClauseKind) -> Option<&Clause<'s>> {
        self.clauses.iter().find(|clause| clause.kind == kind)
    }

    pub(in crate::interface::sqlite::schema) fn to_sql(&self) -> String {
        let mut parts = vec![
            to_sql(std::slice::from_ref(&self.name)),
            to_sql(&self.column_type),
        ];
        parts.extend(self.clauses.iter().map(|clause| to_sql(&clause.tokens)));
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }
}
