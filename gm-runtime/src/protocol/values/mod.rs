//! Values as JSON. No type is converted to another one (R-json-types).

pub(crate) mod decimal;
mod time;

use base64::Engine;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use self::time::{Clock, Day};
use crate::field::{Value, ValueError, ValueType};
use crate::json::{MemoryBudget, Number, RawJson, View};

/// Appends the value as JSON.
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Integer(value) => write_plain(out, value),
        Value::Float(value) => write_plain(out, value),
        Value::Float32(value) => write_plain(out, value),
        Value::Text(text) => write_text(text, out),
        Value::Bytes(bytes) => write_bytes(bytes, out),
        Value::Decimal(value) => write_quoted(out, format_args!("{value}")),
        Value::Date(date) => write_quoted(out, format_args!("{}", Day(date))),
        Value::Time(time) => write_quoted(out, format_args!("{}", Clock(time))),
        Value::DateTime(instant) => {
            let (day, clock) = (instant.date_naive(), instant.time());
            write_quoted(out, format_args!("{}T{}Z", Day(&day), Clock(&clock)));
        }
        Value::Uuid(id) => write_quoted(out, format_args!("{}", id.hyphenated())),
        Value::Json(json) => write_plain(out, json),
    }
}

/// Appends the text as JSON, escaped.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    write_plain(out, text);
}

/// Appends the bytes as JSON.
pub(crate) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    write_quoted(out, format_args!("{}", Base64Display::new(bytes, &STANDARD)));
}

fn write_plain(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    // These types always serialize, and writing to a vector can't fail.
    let _ = serde_json::to_writer(out, value);
}

/// Appends a text that needs no escapes.
fn write_quoted(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    use std::io::Write;
    out.push(b'"');
    let _ = out.write_fmt(text);
    out.push(b'"');
}

/// Reads a value of this type. Null becomes [`Value::Null`], even if the field may not be null.
pub(crate) fn read(
    json: RawJson<'_>,
    value_type: ValueType,
    budget: &mut MemoryBudget,
) -> Result<Value, ValueError> {
    match value_type {
        ValueType::Json if !json.is_null() => Ok(Value::Json(Box::new(json.to_value(budget)?))),
        _ => read_view(json.view(), value_type),
    }
}

/// Reads a value of this type, which is not that of JSON fields.
pub(crate) fn read_view(json: View<'_>, value_type: ValueType) -> Result<Value, ValueError> {
    let expected = || ValueError::new(format!("expected {}", value_type.name()));
    match (value_type, json) {
        (_, View::Null) => Ok(Value::Null),
        (ValueType::Bool, View::Bool(value)) => Ok(Value::Bool(value)),
        (ValueType::Integer { min, max }, View::Number(number)) => number
            .and_then(Number::as_i64)
            .filter(|value| (min..=max).contains(value))
            .map(Value::Integer)
            .ok_or_else(|| ValueError::new(format!("expected an integer from {min} to {max}"))),
        (ValueType::Float, View::Number(number)) => number
            .map(|number| Value::Float(number.as_f64()))
            .ok_or_else(expected),
        (ValueType::Float32, View::Number(number)) => {
            number.and_then(float32).map(Value::Float32).ok_or_else(expected)
        }
        (ValueType::Decimal, View::Text(text)) => {
            decimal::text(&text).map(Value::Decimal).ok_or_else(expected)
        }
        (ValueType::Decimal, View::Number(number)) => number
            .and_then(decimal::number)
            .map(Value::Decimal)
            .ok_or_else(expected),
        (ValueType::Text, View::Text(text)) => Ok(Value::Text(text.into_owned())),
        (ValueType::Bytes, View::Text(text)) => STANDARD
            .decode(&*text)
            .map(|bytes| Value::Bytes(bytes.into()))
            .map_err(|_| expected()),
        (ValueType::Date, View::Text(text)) => time::date(&text).map(Value::Date).ok_or_else(expected),
        (ValueType::Time, View::Text(text)) => time::time(&text).map(Value::Time).ok_or_else(expected),
        (ValueType::DateTime, View::Text(text)) => {
            time::datetime(&text).map(Value::DateTime).ok_or_else(expected)
        }
        (ValueType::Uuid, View::Text(text)) => uuid(&text).map(Value::Uuid).ok_or_else(expected),
        _ => Err(expected()),
    }
}

/// Reads a value from a caller. A decimal with more places than the field declares is refused, even if they are zeros.
pub(crate) fn read_field(
    json: RawJson<'_>,
    field: &crate::manager::FieldDescription,
    budget: &mut MemoryBudget,
) -> Result<Value, ValueError> {
    let value = read(json, field.value_type(), budget)?;
    match (&value, field.decimal()) {
        (Value::Decimal(decimal), Some(digits)) if decimal.scale() > digits.decimal_places => {
            let places = digits.decimal_places;
            Err(ValueError::new(format!(
                "expected at most {places} decimal places"
            )))
        }
        _ => Ok(value),
    }
}

/// The float that is nearest to the number's text. The double can't be converted directly: 7.038531e-26 as a double is
/// half way between two floats, and would be rounded to the wrong one.
fn float32(number: Number) -> Option<f32> {
    // A double has the same digits as its text, up to 15.
    let value: f32 = number.to_string().parse().ok()?;
    value.is_finite().then_some(value)
}

fn uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}
