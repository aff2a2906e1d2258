//! The lookups of a query as expressions of Postgres.

use std::cell::RefCell;
use std::sync::Arc;

use sea_query::{Expr, ExprTrait, Func, PostgresQueryBuilder, SelectStatement};

use super::case_folding::CaseFolding;
use super::collation::by_code_point;
use super::parameter::Parameter;
use super::statement::Statement;
use super::statement_writer::StatementWriter;
use super::{json_equality, readable};
use crate::error::Error;
use crate::field::{Value, ValueError, ValueType, fold_case};
use crate::interface::sql::{self, Expressions};
use crate::manager::FieldDescription;
use crate::query::{Operator, RelatedLookup};

/// The expressions of the statements of one query, with their parameters.
pub(super) struct PostgresExpressions<'f> {
    /// Only a lookup that ignores case needs it.
    folding: Option<&'f CaseFolding>,
    /// Whether a pooler is before the server.
    is_pooled: bool,
    /// The parameters of these expressions. sea-query knows them by their place in this list.
    parameters: RefCell<Vec<Parameter>>,
}

impl<'f> PostgresExpressions<'f> {
    pub(super) fn new(folding: Option<&'f CaseFolding>, is_pooled: bool) -> Self {
        Self {
            folding,
            is_pooled,
            parameters: RefCell::default(),
        }
    }

    /// Adds a parameter, and returns its place as sea-query's value.
    fn add(&self, parameter: Parameter) -> sea_query::Value {
        let mut parameters = self.parameters.borrow_mut();
        let place = u32::try_from(parameters.len()).unwrap_or(u32::MAX);
        parameters.push(parameter);
        sea_query::Value::Unsigned(Some(place))
    }

    fn text(&self, text: impl Into<Arc<str>>) -> Expr {
        Expr::val(self.add(Parameter::text(text)))
    }

    /// The statement with its parameters.
    pub(super) fn statement(&self, statement: &SelectStatement) -> Result<Statement, Error> {
        let parameters = self.parameters.borrow();
        let mut writer = StatementWriter::new(&parameters);
        statement.build_collect_into(PostgresQueryBuilder, &mut writer);
        writer.finish()
    }

    /// The text with folded case, which is compared by code point.
    fn folded(&self, text: Expr) -> Expr {
        match self.folding {
            Some(folding) => folding.folded(text),
            // A query that ignores case is built with the folding of its server.
            None => Expr::cust("NULL::text"),
        }
    }
}

impl PostgresExpressions<'_> {
    // Not `LIKE`, which has special characters.
    fn contains(&self, text: Expr, part: &str) -> Expr {
        Expr::from(Func::cust("strpos").arg(text).arg(self.text(part))).gt(Expr::cust("0"))
    }

    /// As a range, which an index in the order of code points answers. Each text that begins with `start` is before the first one
    /// that has a greater character in the last place.
    fn starts_with(&self, text: Expr, start: &str) -> Expr {
        let from = text.clone().gte(self.text(start));
        match after(start) {
            Some(after) => from.and(text.lt(self.text(after))),
            None => from,
        }
    }

    fn ends_with(&self, text: Expr, end: &str) -> Expr {
        let characters = i64::try_from(end.chars().count()).unwrap_or(i64::MAX);
        // `right` of no characters is an empty text, also for an empty end.
        if characters == 0 {
            return text.is_not_null();
        }
        let characters = Expr::val(characters).cast_as("int4");
        Expr::from(Func::cust("right").arg(text).arg(characters)).eq(self.text(end))
    }
}

impl Expressions for PostgresExpressions<'_> {
    fn parameter(&self, field: &FieldDescription, value: &Value) -> Result<sea_query::Value, ValueError> {
        Parameter::of(field, value).map(|parameter| self.add(parameter))
    }

    /// A column of text may have a type that the driver does not know, if another program has changed it since the table was
    /// checked. The driver would ask for the type behind the answer. Through a pooler no statement is prepared, which would have it
    /// ask before.
    fn selected_column(&self, field: &FieldDescription) -> Option<Expr> {
        let is_text = self.is_pooled && field.value_type() == ValueType::Text;
        is_text.then(|| Expr::col(field.column()).cast_as("text"))
    }

    fn grouped_column(&self, field: &FieldDescription) -> Expr {
        match self.selected_column(field) {
            Some(text) => by_code_point(text),
            None => self.ordered_column(field),
        }
    }

    fn ordered_column(&self, field: &FieldDescription) -> Expr {
        let column = Expr::col(field.column());
        match field.value_type() {
            ValueType::Text => by_code_point(column),
            _ => column,
        }
    }

    // Without a collation, so that an index with the collation of the column is used. Text is equal by its bytes in each
    // collation that a column may have.
    fn equals(&self, field: &FieldDescription, value: &Value) -> Result<Expr, ValueError> {
        match value {
            Value::Json(json) if json_equality::has_other_spelling(json) => self.is_one_of(field, &[value]),
            _ => Ok(Expr::col(field.column()).eq(self.parameter(field, value)?)),
        }
    }

    fn is_one_of(&self, field: &FieldDescription, members: &[&Value]) -> Result<Expr, ValueError> {
        let list = match field.value_type() {
            ValueType::Json => json_equality::spellings(members),
            _ => Parameter::list(field, members)?,
        };
        let column = Expr::col(field.column());
        Ok(Expr::cust_with_exprs(
            "($1 = ANY($2))",
            [column, Expr::val(self.add(list))],
        ))
    }

    fn is_readable(&self, field: &FieldDescription) -> Expr {
        readable::is_readable(field)
    }

    fn related_ids(
        &self,
        field: &FieldDescription,
        related: &RelatedLookup,
    ) -> Result<SelectStatement, ValueError> {
        sql::related_ids(field, related, self)
    }

    fn text_lookup(&self, operator: Operator, column: Expr, text: &str) -> Expr {
        let folded = || (self.folded(column.clone()), fold_case(text));
        match operator {
            Operator::IExact => {
                let (column, text) = folded();
                column.eq(self.text(text))
            }
            Operator::Contains => self.contains(by_code_point(column), text),
            Operator::IContains => {
                let (column, text) = folded();
                self.contains(column, &text)
            }
            Operator::StartsWith => self.starts_with(by_code_point(column), text),
            Operator::IStartsWith => {
                let (column, text) = folded();
                self.starts_with(column, &text)
            }
            Operator::EndsWith => self.ends_with(column, text),
            Operator::IEndsWith => {
                let (column, text) = folded();
                self.ends_with(column, &text)
            }
            // Patterns are matched in this process.
            _ => Expr::cust("NULL::boolean"),
        }
    }

    fn month(&self, value_type: ValueType, column: Expr) -> Expr {
        part_of("MONTH", value_type, column)
    }

    fn day(&self, value_type: ValueType, column: Expr) -> Expr {
        part_of("DAY", value_type, column)
    }
}

/// The least text that is greater than each text with this beginning. `None` if every greater text has this beginning.
fn after(start: &str) -> Option<String> {
    let mut text = start.to_owned();
    while let Some(last) = text.pop() {
        // The surrogates, which are no characters, are left out.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// A part of a date, or of an instant in UTC.
fn part_of(part: &str, value_type: ValueType, column: Expr) -> Expr {
    match value_type {
        ValueType::DateTime => {
            Expr::cust_with_expr(format!("EXTRACT({part} FROM $1 AT TIME ZONE 'UTC')"), column)
        }
        _ => Expr::cust_with_expr(format!("EXTRACT({part} FROM $1)"), column),
    }
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn a_range_holds_the_texts_with_a_beginning() {
        for (start, end) in [
            ("a", Some("b")),
            ("az", Some("a{")),
            ("ä", Some("å")),
            ("a\u{d7ff}", Some("a\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(after(start).as_deref(), end, "{start:?}");
        }
    }
}
