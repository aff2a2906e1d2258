//! The order of two values of one field.

use std::cmp::Ordering;

use super::Direction;
use crate::field::Value;

/// The order of two values of one field in this direction. Null is last in both directions.
pub(super) fn compare_in(direction: Direction, left: &Value, right: &Value) -> Ordering {
    match (left, right, direction) {
        (Value::Null, Value::Null, _) => Ordering::Equal,
        (Value::Null, _, _) => Ordering::Greater,
        (_, Value::Null, _) => Ordering::Less,
        (left, right, Direction::Ascending) => compare(left, right),
        (left, right, Direction::Descending) => compare(right, left),
    }
}

/// Sorts values of one field.
pub(crate) fn sort_values(values: &mut [Value]) {
    values.sort_by(compare);
}

/// The order of two values of one field. Text is compared by code point (R-collation), which is the order of its UTF-8 bytes.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::Float(left), Value::Float(right)) => left.partial_cmp(right).unwrap_or(Ordering::Equal),
        (Value::Float32(left), Value::Float32(right)) => left.partial_cmp(right).unwrap_or(Ordering::Equal),
        (Value::Decimal(left), Value::Decimal(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) => left.cmp(right),
        (Value::DateTime(left), Value::DateTime(right)) => left.cmp(right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        // The values of a field have one type. JSON has no order.
        _ => Ordering::Equal,
    }
}
