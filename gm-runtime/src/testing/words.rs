//! Rows, queries and writes in the words of a failure.

use crate::field::Value;
use crate::interface::Guard;
use crate::manager::{Description, Record, Values};
use crate::query::{Direction, Lookup, Operand, Select};

pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Float32(value) => format!("{value:?}"),
        Value::Decimal(value) => value.to_string(),
        Value::Text(value) => format!("{value:?}"),
        Value::Bytes(value) => format!("{value:?}"),
        Value::Date(value) => value.to_string(),
        Value::Time(value) => value.to_string(),
        Value::DateTime(value) => format!("{value:?}"),
        Value::Uuid(value) => value.to_string(),
        Value::Json(value) => value.to_string(),
    }
}

fn fields<'v>(description: &Description, values: impl Iterator<Item = (u16, &'v Value)>) -> String {
    let fields: Vec<_> = values
        .map(|(field, of)| format!("{}: {}", description.field(field).name(), value(of)))
        .collect();
    format!("{{{}}}", fields.join(", "))
}

pub(super) fn row(description: &Description, record: &Record) -> String {
    fields(description, (0..).zip(record.values()))
}

pub(super) fn rows(description: &Description, records: &[Record]) -> String {
    if records.is_empty() {
        return "no row".to_owned();
    }
    let rows: Vec<_> = records.iter().map(|record| row(description, record)).collect();
    let plural = if rows.len() == 1 { "" } else { "s" };
    format!("{} row{plural}:\n    {}", rows.len(), rows.join("\n    "))
}

pub(super) fn values(description: &Description, values: &Values) -> String {
    let fields = fields(description, values.iter());
    format!("{fields}{}", comment(values.history_comment()))
}

pub(super) fn comment(comment: Option<&str>) -> String {
    comment.map_or_else(String::new, |comment| format!(", with the comment {comment:?}"))
}

pub(super) fn select(description: &Description, select: &Select) -> String {
    let lookups = |name: &str, lookups: &[Lookup]| {
        let each: Vec<_> = lookups
            .iter()
            .map(|lookup| {
                format!(
                    "{} = {}",
                    description.lookup_name(lookup),
                    operand(&lookup.operand)
                )
            })
            .collect();
        (!each.is_empty()).then(|| format!("{name} {}", each.join(" and ")))
    };
    let ordering: Vec<_> = select
        .ordering
        .iter()
        .map(|order| {
            let descending = matches!(order.direction, Direction::Descending);
            let sign = if descending { "-" } else { "" };
            format!("{sign}{}", description.field(order.field).name())
        })
        .collect();
    let parts = [
        lookups("filter", &select.filters),
        lookups("exclude", &select.excludes),
        (!ordering.is_empty()).then(|| format!("order by {}", ordering.join(", "))),
        select.page.map(|page| match select.page_size {
            Some(size) => format!("page {page} of {size} rows"),
            None => format!("page {page}"),
        }),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    match parts.as_slice() {
        [] => "every row".to_owned(),
        parts => parts.join(", "),
    }
}

fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Value(of) => value(of),
        Operand::List(values) => {
            let values: Vec<_> = values.iter().map(value).collect();
            format!("[{}]", values.join(", "))
        }
        Operand::Flag(flag) => flag.to_string(),
        Operand::Number(number) => number.to_string(),
        Operand::Related(related) => format!("{related:?}"),
    }
}

/// The rules in the words of a failure.
pub(super) fn rules(guard: Option<&Guard>) -> String {
    guard.map_or_else(String::new, |guard| {
        let Guard {
            sight, before, after, ..
        } = guard;
        format!(", by a caller that sees {sight:?}, and may write {before:?} to {after:?}")
    })
}
