//! The lookups of a query as expressions of SQLite.

use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
use sea_query::{BinOper, Expr, ExprTrait, Func, SelectStatement};

use super::encode::encode;
use super::parameters::list;
use super::{functions, readable};
use crate::field::{Value, ValueError, ValueType, fold_case};
use crate::interface::sql::{self, Expressions};
use crate::json::{TextForm, to_text};
use crate::manager::FieldDescription;
use crate::query::{Operator, RelatedLookup, Select};

/// From this number of lookups on, a condition has many operands.
const MANY_LOOKUPS: usize = 100;

pub(super) struct SqliteExpressions {
    /// Whether the condition of a caller has many operands.
    has_many_operands: bool,
}

impl SqliteExpressions {
    pub(super) fn of(select: &Select) -> Self {
        Self {
            has_many_operands: select.condition_lookups().nth(MANY_LOOKUPS - 1).is_some(),
        }
    }
}

impl Expressions for SqliteExpressions {
    fn parameter(&self, field: &FieldDescription, value: &Value) -> Result<sea_query::Value, ValueError> {
        // A parameter is only compared, never stored.
        if let Value::Json(json) = value {
            return Ok(to_text(json, TextForm::Compared).into());
        }
        Ok(match encode(field, value)? {
            ToSqlOutput::Owned(Owned::Integer(value)) => value.into(),
            ToSqlOutput::Owned(Owned::Real(value)) => value.into(),
            ToSqlOutput::Owned(Owned::Text(text)) => text.into(),
            ToSqlOutput::Borrowed(ValueRef::Text(_)) => match value {
                Value::Text(text) => text.as_str().into(),
                _ => sea_query::Value::String(None),
            },
            ToSqlOutput::Borrowed(ValueRef::Blob(bytes)) => bytes.into(),
            _ => sea_query::Value::BigInt(None),
        })
    }

    /// SQLite computes a constant before the first row, and looks for each constant among those before it. For many of them this
    /// takes quadratic time. It does not look for the result of a function, except for `likely`, which it skips.
    fn operand(&self, field: &FieldDescription, value: &Value) -> Result<Expr, ValueError> {
        let operand = Expr::val(self.parameter(field, value)?);
        Ok(if self.has_many_operands {
            Func::coalesce([operand, Expr::cust("NULL")]).into()
        } else {
            operand
        })
    }

    fn is_readable(&self, field: &FieldDescription) -> Expr {
        readable::is_readable(field)
    }

    // SQLite compares text by its bytes.
    fn ordered_column(&self, field: &FieldDescription) -> Expr {
        Expr::col(field.column())
    }

    fn equals(&self, field: &FieldDescription, value: &Value) -> Result<Expr, ValueError> {
        Ok(comparable(field).eq(self.operand(field, value)?))
    }

    fn is_one_of(&self, field: &FieldDescription, members: &[&Value]) -> Result<Expr, ValueError> {
        let members = members
            .iter()
            .map(|member| self.parameter(field, member))
            .collect::<Result<Vec<_>, ValueError>>()?;
        let list = list(members.into_iter());
        Ok(comparable(field).binary(BinOper::In, Func::cust("rarray").arg(Expr::val(list))))
    }

    fn related_ids(
        &self,
        field: &FieldDescription,
        related: &RelatedLookup,
    ) -> Result<SelectStatement, ValueError> {
        sql::related_ids(field, related, self)
    }

    fn text_lookup(&self, operator: Operator, column: Expr, text: &str) -> Expr {
        match operator {
            Operator::IExact => folded(column).eq(fold_case(text)),
            Operator::Contains => contains(column, text),
            Operator::IContains => contains(folded(column), &fold_case(text)),
            Operator::StartsWith => starts_with(column, text),
            Operator::IStartsWith => starts_with(folded(column), &fold_case(text)),
            Operator::EndsWith => ends_with(column, text),
            Operator::IEndsWith => ends_with(folded(column), &fold_case(text)),
            Operator::Regex => matches(column, text, false),
            Operator::IRegex => matches(column, text, true),
            _ => column.eq(text),
        }
    }

    fn month(&self, value_type: ValueType, column: Expr) -> Expr {
        match value_type {
            ValueType::DateTime => Func::cust(functions::MONTH).arg(column).into(),
            _ => number_at(column, 6),
        }
    }

    fn day(&self, value_type: ValueType, column: Expr) -> Expr {
        match value_type {
            ValueType::DateTime => Func::cust(functions::DAY).arg(column).into(),
            _ => number_at(column, 9),
        }
    }
}

/// The field's column, normalized so that equal values are equal. Parameters have the same form.
fn comparable(field: &FieldDescription) -> Expr {
    let column = Expr::col(field.column());
    match field.value_type() {
        ValueType::Json => Func::cust(functions::JSON).arg(column).into(),
        _ => column,
    }
}

fn folded(column: Expr) -> Expr {
    Func::cust(functions::FOLD).arg(column).into()
}

// Not `LIKE`, which has special characters and ignores the case of ASCII letters. Not `instr`, which takes quadratic time, in
// one instruction that can't be interrupted.
fn contains(text: Expr, part: &str) -> Expr {
    Func::cust(functions::CONTAINS).arg(text).arg(part).into()
}

fn starts_with(text: Expr, start: &str) -> Expr {
    let characters = length(start);
    Expr::from(Func::cust("substr").arg(text).arg(1_i64).arg(characters)).eq(start)
}

fn ends_with(text: Expr, end: &str) -> Expr {
    match length(end) {
        // `substr` from 0 is the whole text.
        0 => text.is_not_null(),
        characters => Expr::from(Func::cust("substr").arg(text).arg(-characters)).eq(end),
    }
}

fn matches(column: Expr, pattern: &str, ignore_case: bool) -> Expr {
    Func::cust(functions::REGEX)
        .arg(column)
        .arg(pattern)
        .arg(i64::from(ignore_case))
        .into()
}

fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// The two digits at this position of an ISO date.
fn number_at(column: Expr, position: i64) -> Expr {
    Expr::from(Func::cust("substr").arg(column).arg(position).arg(2_i64)).cast_as("INTEGER")
}
