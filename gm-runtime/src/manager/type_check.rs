//! The type check of a value: whether it is one of a [`ValueType`]. It applies to every value that enters, for any purpose.

use chrono::{Datelike, Timelike};
use serde_json::Value as Json;

use crate::field::{Value, ValueError, ValueType};
use crate::json::{INEXACT_NUMBER, is_exact};

/// The maximum depth of nested arrays and objects. Parsers limit the depth, and every stored value must be readable.
const MAX_JSON_DEPTH: usize = 64;

/// Checks a value that is not null.
pub(super) fn check(value: &Value, value_type: ValueType) -> Result<(), ValueError> {
    match (value_type, value) {
        (ValueType::Integer { min, max }, Value::Integer(value)) if (min..=max).contains(value) => Ok(()),
        // An unsigned integer above `i64::MAX` is a decimal.
        (ValueType::Integer { min, max }, Value::Integer(_) | Value::Decimal(_)) => Err(ValueError::new(
            format!("expected an integer from {min} to {max}"),
        )),
        (ValueType::Float, Value::Float(value)) => check_finite(value.is_finite()),
        (ValueType::Float32, Value::Float32(value)) => check_finite(value.is_finite()),
        (ValueType::Date, Value::Date(date)) => check_year(date.year()),
        (ValueType::Time, Value::Time(time)) => check_second(time),
        (ValueType::DateTime, Value::DateTime(instant)) => {
            check_year(instant.year())?;
            check_second(instant)
        }
        (ValueType::Text, Value::Text(text)) => check_characters(text),
        // JSON's null is `Value::Null`.
        (ValueType::Json, Value::Json(json)) if json.is_null() => {
            Err(ValueError::new("expected a value, got null"))
        }
        (ValueType::Json, Value::Json(json)) => check_json(json, MAX_JSON_DEPTH),
        (ValueType::Bool, Value::Bool(_))
        | (ValueType::Decimal, Value::Decimal(_))
        | (ValueType::Bytes, Value::Bytes(_))
        | (ValueType::Uuid, Value::Uuid(_)) => Ok(()),
        (expected, got) => Err(ValueError::expected(expected, got)),
    }
}

fn check_finite(finite: bool) -> Result<(), ValueError> {
    if finite {
        Ok(())
    } else {
        Err(ValueError::new("expected a finite number"))
    }
}

/// U+0000 is not allowed in text (R-nul).
pub(crate) fn check_characters(text: &str) -> Result<(), ValueError> {
    if text.contains('\0') {
        return Err(ValueError::new("expected text without U+0000"));
    }
    Ok(())
}

fn check_json(json: &Json, levels: usize) -> Result<(), ValueError> {
    let inner = || {
        levels
            .checked_sub(1)
            .ok_or_else(|| ValueError::new(format!("expected JSON of at most {MAX_JSON_DEPTH} levels")))
    };
    match json {
        Json::Null | Json::Bool(_) => Ok(()),
        Json::Number(number) if is_exact(number) => Ok(()),
        Json::Number(_) => Err(ValueError::new(INEXACT_NUMBER)),
        Json::String(text) => check_characters(text),
        Json::Array(members) => {
            let levels = inner()?;
            members.iter().try_for_each(|member| check_json(member, levels))
        }
        Json::Object(members) => {
            let levels = inner()?;
            members.iter().try_for_each(|(key, member)| {
                check_characters(key)?;
                check_json(member, levels)
            })
        }
    }
}

/// Replaces each `-0.0` by `0.0`.
pub(super) fn remove_negative_zeros(json: &mut Json) {
    match json {
        Json::Number(number) => {
            if number
                .as_f64()
                .is_some_and(|value| value == 0.0 && value.is_sign_negative())
            {
                *json = Json::from(0.0);
            }
        }
        Json::Array(members) => members.iter_mut().for_each(remove_negative_zeros),
        Json::Object(members) => members.values_mut().for_each(remove_negative_zeros),
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
}

/// RFC 3339 has years of four digits.
fn check_year(year: i32) -> Result<(), ValueError> {
    if (1..=9999).contains(&year) {
        Ok(())
    } else {
        Err(ValueError::new("expected a year from 1 to 9999"))
    }
}

/// chrono represents a leap second by more than a million microseconds, which neither the wire nor a database can hold.
fn check_second(time: &impl Timelike) -> Result<(), ValueError> {
    if time.nanosecond() < 1_000_000_000 {
        Ok(())
    } else {
        Err(ValueError::new("expected a time without a leap second"))
    }
}
