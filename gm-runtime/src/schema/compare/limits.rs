//! Compares the limits of written values.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::comparison::{Comparison, Effect};
use super::difference::DifferenceKind as Kind;
use crate::schema::{FieldSchema, SchemaType};

/// Compares the limits of values that are written. A consumer's struct that declares none leaves the check to the owner.
pub(super) fn compare_limits(compared: &mut Comparison<'_>, from: &FieldSchema, to: &FieldSchema) {
    let of_consumer = compared.is_of_consumer();
    let mut add = |differs: bool, is_declared: bool, kind: Kind, is_stricter: bool| {
        // What the owner allows beyond a struct's own limits is nothing to the struct.
        if differs && (!of_consumer || (is_declared && is_stricter)) {
            let effect = if is_stricter {
                Effect::SOME_WRITES
            } else {
                Effect::NOBODY
            };
            compared.add_field(&from.name, kind, effect);
        }
    };
    add(
        from.max_length != to.max_length,
        from.max_length.is_some(),
        Kind::MaxLength {
            from: from.max_length,
            to: to.max_length,
        },
        is_less(to.max_length, from.max_length),
    );
    if from.value_type == SchemaType::Text && to.value_type == SchemaType::Text {
        add(from.blank && !to.blank, true, Kind::BlankForbidden, true);
        add(!from.blank && to.blank, false, Kind::BlankAllowed, false);
    }
    let digits = |field: &FieldSchema| Some((field.max_digits?, field.decimal_places?));
    add(
        digits(from) != digits(to),
        digits(from).is_some(),
        Kind::Digits {
            from: digits(from),
            to: digits(to),
        },
        holds_less(digits(to), digits(from)),
    );
    let is_later = |new: &Option<String>, old: &Option<String>, beyond: Ordering| match (new, old) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(new), Some(old)) => order(&to.value_type, new, old).is_none_or(|order| order == beyond),
    };
    add(
        from.min != to.min,
        from.min.is_some(),
        Kind::Min {
            from: from.min.clone(),
            to: to.min.clone(),
        },
        is_later(&to.min, &from.min, Ordering::Greater),
    );
    add(
        from.max != to.max,
        from.max.is_some(),
        Kind::Max {
            from: from.max.clone(),
            to: to.max.clone(),
        },
        is_later(&to.max, &from.max, Ordering::Less),
    );
    add(
        from.pattern != to.pattern,
        from.pattern.is_some(),
        Kind::Pattern {
            from: from.pattern.clone(),
            to: to.pattern.clone(),
        },
        to.pattern.is_some(),
    );
}

/// Whether the new limit is less than the old one, where none is the greatest.
fn is_less(new: Option<u32>, old: Option<u32>) -> bool {
    match (new, old) {
        (Some(new), Some(old)) => new < old,
        (new, old) => new.is_some() && old.is_none(),
    }
}

/// Whether a decimal of the new digits holds fewer numbers, before or after the point.
fn holds_less(new: Option<(u32, u32)>, old: Option<(u32, u32)>) -> bool {
    let whole = |(digits, places): (u32, u32)| digits.saturating_sub(places);
    match (new, old) {
        (Some(new), Some(old)) => new.1 < old.1 || whole(new) < whole(old),
        (new, old) => new.is_some() && old.is_none(),
    }
}

/// The order of two limits of a type. `None` if a text is no such limit.
fn order(value_type: &SchemaType, one: &str, other: &str) -> Option<Ordering> {
    use SchemaType as T;
    match value_type {
        T::Integer | T::Float | T::Float32 | T::Decimal => {
            let number = |text: &str| text.parse::<Decimal>().ok();
            Some(number(one)?.cmp(&number(other)?))
        }
        // Dates and times have one spelling each, whose order is that of the text.
        T::Date | T::Time | T::DateTime => Some(one.cmp(other)),
        _ => None,
    }
}
