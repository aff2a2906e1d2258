//! Changes the type of a column, and converts its values.

use super::edited_statement::{EditedStatement, new_clause};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{TargetColumn, places_constraint};
use crate::interface::sqlite::schema::create_statement::{Clause, ClauseKind};
use crate::interface::sqlite::schema::decimal_places;
use crate::interface::sqlite::schema::introspection::ExistingColumn;
use crate::interface::sqlite::schema::number_text;
use crate::interface::sqlite::schema::places_constraint::recorded_places;
use crate::interface::sqlite::tokenizer::Token;

const SQL: SqlDialect = SqlDialect::Sqlite;

impl EditedStatement<'_> {
    pub(super) fn change_type(&mut self, target: &TargetColumn, old: &ExistingColumn) -> Result<(), String> {
        let name = target.name();
        if decimal_places::changes_values(target, old) {
            let problem = "would mean other amounts";
            self.check_mentions(name, problem)?;
            let default = self.column(target)?.clause(ClauseKind::Default);
            let is_zero = |token: &Token<'_>| token.is("default") || token.is("null") || token.is("0");
            if default.is_some_and(|default| !default.tokens.iter().all(is_zero)) {
                return Err(format!("the default of `{name}` {problem}: change it first"));
            }
        }
        let column_type = SQL.column_type(target.field);
        if old.is_rowid && column_type != "INTEGER" {
            return Err(format!(
                "`{name}` is the rowid, which SQLite assigns, and as {column_type} new rows would get none"
            ));
        }
        if !self.table.strict {
            let stored = column_type.to_ascii_lowercase();
            let quoted = SQL.quote(name);
            self.wrong_types
                .push(format!("typeof({quoted}) NOT IN ('{stored}', 'null')"));
        }
        if target.places.is_none() && old.places.is_none() {
            self.check_lossless(name, &column_type);
        }
        let is_other = |clause: &Clause<'_>| {
            !recorded_places(&clause.tokens).is_some_and(|(column, _)| column.eq_ignore_ascii_case(name))
        };
        self.statement.constraints.retain(is_other);
        let column = self.column(target)?;
        column.column_type = vec![Token::raw(column_type.into_owned())];
        column.clauses.retain(is_other);
        if target.places.is_some() {
            self.record_places(target)?;
        }
        let expression = decimal_places::copy_expression(self.target, target, old, &mut self.comments);
        self.copied.push((name, expression));
        Ok(())
    }

    /// Makes the copy fail if the new type would change a value, such as `007` to 7, or a double to a text of 15 digits.
    pub(super) fn check_lossless(&mut self, name: &str, column_type: &str) {
        let (column, table) = (SQL.quote(name), SQL.quote(self.target.name));
        let lossy = match column_type {
            "INTEGER" => {
                format!("typeof({column}) = 'text' AND CAST(CAST({column} AS INTEGER) AS TEXT) <> {column}")
            }
            // Text without a fraction is an integer, whose digits must stay.
            "REAL" => format!(
                "CASE typeof({column}) WHEN 'integer' THEN CAST({column} AS REAL) <> {column}\n    \
                 WHEN 'text' THEN abs(CAST({column} AS REAL)) > {:e}\n    \
                 OR ({column} NOT GLOB '*[.eE]*' AND ({integer} || '' <> {column} OR {integer} <> CAST({column} AS REAL)))\n    \
                 OR ({column} GLOB '*[.eE]*' AND NOT ({})) END",
                f64::MAX,
                number_text::is_exact_as_double(&column),
                integer = format_args!("CAST({column} AS INTEGER)")
            ),
            "TEXT" => {
                format!("typeof({column}) = 'real' AND CAST(CAST({column} AS TEXT) AS REAL) <> {column}")
            }
            _ => return,
        };
        self.comments.push_str(&format!(
            "-- If a value in {column} is not {column_type}, or would change, the copy fails. The values that would change:\n\
             --     SELECT * FROM {table} WHERE {}\n",
            lossy.replace("\n    ", " ")
        ));
        self.lossy.push(lossy);
    }

    /// Adds the constraint that records the decimal places.
    pub(super) fn record_places(&mut self, target: &TargetColumn) -> Result<(), String> {
        if let Some(places) = target.places {
            let constraint = places_constraint(target.name(), places);
            self.column(target)?
                .clauses
                .push(new_clause(ClauseKind::Check, constraint));
        }
        Ok(())
    }
}
