//! Changes the constraints of a column: nullability, collation and primary key.

use super::edited_statement::{EditedStatement, new_clause};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::TargetColumn;
use crate::interface::sqlite::schema::create_statement::{Clause, ClauseKind};
use crate::interface::sqlite::schema::introspection::{ExistingColumn, ExistingIndex};
use crate::interface::sqlite::schema::literal::backfill_value;
use crate::interface::sqlite::tokenizer::{Token, to_sql, tokenize};

const SQL: SqlDialect = SqlDialect::Sqlite;

impl EditedStatement<'_> {
    pub(super) fn change_nullability(
        &mut self,
        target: &TargetColumn,
        old: &ExistingColumn,
    ) -> Result<(), String> {
        let name = target.name();
        let column = self.column(target)?;
        if target.field.nullable() {
            if column.clause(ClauseKind::NotNull).is_none() {
                return Err(format!(
                    "`{name}` is NOT NULL because it is part of the primary key"
                ));
            }
            column.clauses.retain(|clause| clause.kind != ClauseKind::NotNull);
            return Ok(());
        }
        column.clauses.retain(|clause| clause.kind != ClauseKind::Null);
        let not_null = new_clause(ClauseKind::NotNull, "NOT NULL".to_owned());
        column.clauses.push(not_null);
        if target.id || old.in_key {
            let quoted = SQL.quote(name);
            self.comments.push_str(&format!(
                "-- Rows whose {quoted} is null need a value first, or the copy fails.\n"
            ));
            return Ok(());
        }
        let value = backfill_value(target, &mut self.comments);
        let position = self.copied.iter().position(|(known, _)| *known == name);
        let expression = match position {
            Some(position) => self.copied.swap_remove(position).1,
            None => SQL.quote(name),
        };
        self.copied
            .push((name, format!("coalesce({expression}, {value})")));
        Ok(())
    }

    /// Removes a collation. SQLite also uses it for unique constraints, indexes and conditions on the column.
    pub(super) fn change_collation(
        &mut self,
        target: &TargetColumn,
        old: &ExistingColumn,
    ) -> Result<(), String> {
        let name = target.name();
        let of_column = |index: &ExistingIndex| {
            let mut columns = index.columns.iter();
            columns.any(|(column, _)| column.as_deref().is_some_and(|column| column == old.name))
        };
        if let Some(index) = self.table.indexes.iter().find(|index| of_column(index)) {
            return Err(format!(
                "the collation of `{name}` is also that of the index `{}`: create the index again with BINARY, or with the \
                 collation written out, and the column without it",
                index.name
            ));
        }
        self.check_mentions(name, "would compare by another collation")?;
        let column = self.column(target)?;
        column.clauses.retain(|clause| clause.kind != ClauseKind::Collate);
        Ok(())
    }

    /// Makes the column the `INTEGER PRIMARY KEY`.
    pub(super) fn change_key(&mut self, target: &TargetColumn) -> Result<(), String> {
        let name = target.name();
        if self.table.without_rowid {
            return Err("it is WITHOUT ROWID, and SQLite assigns no ids there".to_owned());
        }
        let keys = self.table.columns.iter().filter(|column| column.in_key);
        let keys: Vec<_> = keys.map(|column| format!("`{}`", column.name)).collect();
        let is_key = self.table.column(name).is_some_and(|column| column.in_key);
        if keys.len() > usize::from(is_key) {
            return Err(format!(
                "its primary key is {}, which would become a plain column, and other programs may rely on it",
                keys.join(", ")
            ));
        }
        let is_key = |clause: &Clause<'_>| clause.kind == ClauseKind::PrimaryKey;
        let of_table = self.statement.constraints.iter().position(is_key);
        let of_table = of_table.map(|position| self.statement.constraints.remove(position));
        let column = self.column(target)?;
        let of_column = column.clauses.iter().position(is_key);
        let of_column = of_column.map(|position| column.clauses.remove(position));
        let mut key = String::new();
        let mut on_conflict = String::new();
        if let Some(old) = of_column.or(of_table) {
            if let [first, named, ..] = old.tokens.as_slice()
                && first.is("constraint")
            {
                key = to_sql(&[first.clone(), named.clone()]) + " ";
            }
            let on = old.tokens.windows(3).find(|window| match window {
                [on, conflict, _] => on.is("on") && conflict.is("conflict"),
                _ => false,
            });
            on_conflict = on.map_or_else(String::new, |on| format!(" {}", to_sql(on)));
        }
        self.adds_rowid_alias = true;
        let column = self.column(target)?;
        key.push_str(&format!("PRIMARY KEY{on_conflict} AUTOINCREMENT"));
        column.column_type = tokenize("INTEGER");
        column.clauses.push(new_clause(ClauseKind::PrimaryKey, key));
        self.comments.push_str(&format!(
            "-- Rows whose {} is null get a newly assigned id.\n",
            SQL.quote(name)
        ));
        Ok(())
    }

    /// Adds the foreign key of a column as a constraint of the table. A row that refers to no row makes the rebuild fail.
    pub(super) fn add_foreign_key(&mut self, target: &TargetColumn) {
        let mut keys = self.target.foreign_keys.iter();
        let Some(key) = keys.find(|key| target.is_named(key.name())) else {
            return;
        };
        let constraint = new_clause(ClauseKind::References, key.constraint(SQL));
        self.statement.constraints.push(constraint);
        let (column, table) = (SQL.quote(key.name()), SQL.quote(key.table));
        self.comments.push_str(&format!(
            "-- Rows whose {column} is the id of no row of {table} need another value first, or the rebuild fails.\n"
        ));
        self.added_keys.push(*key);
    }

    pub(super) fn add_autoincrement(&mut self, target: &TargetColumn) -> Result<(), String> {
        let mut clauses = self.column(target)?.clauses.iter_mut();
        let key = clauses.find(|clause| clause.kind == ClauseKind::PrimaryKey);
        if let Some(key) = key {
            key.tokens.push(Token::raw("AUTOINCREMENT".to_owned()));
        }
        Ok(())
    }
}
