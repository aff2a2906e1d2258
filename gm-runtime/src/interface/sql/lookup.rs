//! One lookup as an expression.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use sea_query::{BinOper, Expr, ExprTrait};

use super::expressions::Expressions;
use crate::field::{Value, ValueError, ValueType};
use crate::manager::FieldDescription;
use crate::query::{Lookup, Operand, Operator};

/// `IS NOT TRUE` also holds for a condition that is null, so that the opposite of a condition accepts exactly the other rows.
pub(super) fn is_not_true(condition: Expr) -> Expr {
    condition.binary(BinOper::IsNot, Expr::custom_keyword("TRUE"))
}

/// The expression of one lookup.
pub(super) fn expression(
    field: &FieldDescription,
    lookup: &Lookup,
    expressions: &dyn Expressions,
) -> Result<Expr, ValueError> {
    let column = Expr::col(field.column());
    let ordered = || expressions.ordered_column(field);
    let parameter = |value: &Value| expressions.operand(field, value);
    match (lookup.operator, &lookup.operand) {
        (Operator::Exact, Operand::Value(Value::Null)) => Ok(column.is_null()),
        (Operator::Exact, Operand::Value(value)) => expressions.equals(field, value),
        (Operator::In, Operand::List(members)) => one_of(field, members, expressions),
        (Operator::IsNull, Operand::Flag(true)) => Ok(column.is_null()),
        (Operator::IsNull, Operand::Flag(false)) => Ok(column.is_not_null()),
        (Operator::Gt, Operand::Value(value)) => Ok(ordered().gt(parameter(value)?)),
        (Operator::Gte, Operand::Value(value)) => Ok(ordered().gte(parameter(value)?)),
        (Operator::Lt, Operand::Value(value)) => Ok(ordered().lt(parameter(value)?)),
        (Operator::Lte, Operand::Value(value)) => Ok(ordered().lte(parameter(value)?)),
        (Operator::Range, Operand::List(ends)) => match ends.as_slice() {
            [from, to] => Ok(ordered().between(parameter(from)?, parameter(to)?)),
            _ => Err(ValueError::new("expected the two ends of a range")),
        },
        (
            Operator::IExact
            | Operator::Contains
            | Operator::IContains
            | Operator::StartsWith
            | Operator::IStartsWith
            | Operator::EndsWith
            | Operator::IEndsWith
            | Operator::Regex
            | Operator::IRegex,
            Operand::Value(Value::Text(text)),
        ) => Ok(expressions.text_lookup(lookup.operator, column, text)),
        (Operator::Year, Operand::Number(year)) => match days_of_year(*year) {
            Some((first, last)) => between_days(field, first, last, expressions),
            None => Ok(nothing()),
        },
        (Operator::Date, Operand::Value(Value::Date(day))) => between_days(field, *day, *day, expressions),
        (Operator::Month, Operand::Number(month)) => {
            Ok(expressions.month(field.value_type(), column).eq(*month))
        }
        (Operator::Day, Operand::Number(day)) => Ok(expressions.day(field.value_type(), column).eq(*day)),
        (Operator::Related, Operand::Related(related)) => {
            Ok(column.in_subquery(expressions.related_ids(field, related)?))
        }
        (operator, _) => Err(ValueError::new(format!(
            "the lookup `{}` can't compare with this",
            operator.name()
        ))),
    }
}

/// A condition that no row matches.
pub(super) fn nothing() -> Expr {
    Expr::cust("1 = 0")
}

fn one_of(
    field: &FieldDescription,
    members: &[Value],
    expressions: &dyn Expressions,
) -> Result<Expr, ValueError> {
    let column = Expr::col(field.column());
    let values: Vec<&Value> = members.iter().filter(|member| !member.is_null()).collect();
    let with_null = values.len() < members.len();
    match (values.is_empty(), with_null) {
        (true, false) => Ok(nothing()),
        (true, true) => Ok(column.is_null()),
        (false, false) => expressions.is_one_of(field, &values),
        (false, true) => Ok(expressions.is_one_of(field, &values)?.or(column.is_null())),
    }
}

fn days_of_year(year: i64) -> Option<(NaiveDate, NaiveDate)> {
    // A field holds no other years.
    let year = i32::try_from(year)
        .ok()
        .filter(|year| (1..=9999).contains(year))?;
    Some((
        NaiveDate::from_ymd_opt(year, 1, 1)?,
        NaiveDate::from_ymd_opt(year, 12, 31)?,
    ))
}

/// Compares the column itself instead of a function of it, so that the database can use an index.
fn between_days(
    field: &FieldDescription,
    first: NaiveDate,
    last: NaiveDate,
    expressions: &dyn Expressions,
) -> Result<Expr, ValueError> {
    let (from, to) = if field.value_type() == ValueType::DateTime {
        (
            Value::DateTime(midnight(first)),
            Value::DateTime(last_instant(last)),
        )
    } else {
        (Value::Date(first), Value::Date(last))
    };
    let column = Expr::col(field.column());
    Ok(column.between(
        expressions.operand(field, &from)?,
        expressions.operand(field, &to)?,
    ))
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn last_instant(day: NaiveDate) -> DateTime<Utc> {
    day.checked_add_days(Days::new(1))
        .and_then(|next| midnight(next).checked_sub_signed(TimeDelta::microseconds(1)))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
