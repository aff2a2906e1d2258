//! Which values of one type can be read as another one.

use crate::schema::SchemaType;

/// How many values of a type can be read as another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    All,
    Some,
    None,
}

/// How many values that are written as `from` can be read as `to`. It follows `protocol::values`, which converts no type to
/// another one: what is text in JSON stays text, and a number stays a number.
pub(super) fn reading(from: &SchemaType, to: &SchemaType) -> Fit {
    use SchemaType as T;
    if from == to {
        return Fit::All;
    }
    match (from, to) {
        // A type that this version does not know may be anything.
        (T::Other(_), _) | (_, T::Other(_)) => Fit::Some,
        (_, T::Json) => Fit::All,
        (T::Json, _) => Fit::Some,
        (from, T::Text) if is_text(from) => Fit::All,
        (T::Text, to) if is_text(to) => Fit::Some,
        (T::Integer | T::Float32, T::Float) | (T::Integer, T::Decimal) => Fit::All,
        (T::Integer | T::Float, T::Float32) | (T::Float | T::Float32, T::Integer | T::Decimal) => Fit::Some,
        _ => Fit::None,
    }
}

/// Whether the values are text in JSON.
fn is_text(of: &SchemaType) -> bool {
    use SchemaType as T;
    matches!(
        of,
        T::Text | T::Bytes | T::Date | T::Time | T::DateTime | T::Uuid | T::Decimal
    )
}
