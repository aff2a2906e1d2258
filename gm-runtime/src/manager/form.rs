//! Whether a value is one of a [`ValueType`]: what holds wherever a value enters, whatever it is for.

use chrono::{Datelike, Timelike};
use serde_json::Value as Json;

use crate::field::{Value, ValueError, ValueType};
use crate::json::{INEXACT_NUMBER, is_exact};

/// The most arrays and objects in each other, so that whatever is stored can be sent: parsers bound their depth.
const MAX_JSON_DEPTH: usize = 64;

/// Whether the value, which is not null, is one of this type.
pub(super) fn check(value: &Value, value_type: ValueType) -> Result<(), ValueError> {
    match (value_type, value) {
        (ValueType::Integer { min, max }, Value::Integer(value)) if (min..=max).contains(value) => Ok(()),
        // An unsigned integer that no 64-bit column holds comes as a decimal.
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
        // Null is the absence of a value, and has a variant of its own.
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

/// R-nul
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

/// Makes each `-0.0` of a checked value `0.0`.
pub(super) fn drop_signs_of_zeros(json: &mut Json) {
    match json {
        Json::Number(number) => {
            if number
                .as_f64()
                .is_some_and(|value| value == 0.0 && value.is_sign_negative())
            {
                *json = Json::from(0.0);
            }
        }
        Json::Array(members) => members.iter_mut().for_each(drop_signs_of_zeros),
        Json::Object(members) => members.values_mut().for_each(drop_signs_of_zeros),
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
}

/// The years that RFC 3339 can write.
fn check_year(year: i32) -> Result<(), ValueError> {
    if (1..=9999).contains(&year) {
        Ok(())
    } else {
        Err(ValueError::new("expected a year from 1 to 9999"))
    }
}

/// chrono keeps a leap second as over a million microseconds, for which neither the wire nor a database has a form.
fn check_second(time: &impl Timelike) -> Result<(), ValueError> {
    if time.nanosecond() < 1_000_000_000 {
        Ok(())
    } else {
        Err(ValueError::new("expected a time without a leap second"))
    }
}
