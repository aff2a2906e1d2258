//! Values of fields as SQLite stores them.
//!
//! Every value has one encoding, so that SQLite compares and orders values as Rust does. `docs/design/storage.md`, section
//! "How values are stored", lists the encodings and the reasons. JSON is the exception: any spelling is readable, because
//! other programs write it too, and `gm_json(column)` normalizes it for comparisons.

use chrono::{NaiveTime, Timelike};
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rust_decimal::Decimal;

use crate::field::{Value, ValueError};
use crate::json::{TextForm, to_text};
use crate::manager::FieldDescription;

/// The most digits of a decimal. Every integer of 18 digits fits in 63 bits.
pub(super) const MAX_DECIMAL_DIGITS: u32 = 18;

/// Encodes a value for its column. Text is borrowed.
pub(super) fn encode<'v>(field: &FieldDescription, value: &'v Value) -> Result<ToSqlOutput<'v>, ValueError> {
    Ok(match value {
        Value::Null => Null.into(),
        Value::Bool(value) => i64::from(*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Float32(value) => f64::from(*value).into(),
        Value::Decimal(value) => scaled(field, *value)?.into(),
        Value::Text(text) => text.as_str().into(),
        Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        Value::Date(date) => date.to_string().into(),
        Value::Time(time) => microseconds(*time).into(),
        Value::DateTime(instant) => instant.timestamp_micros().into(),
        Value::Uuid(id) => id.hyphenated().to_string().into(),
        Value::Json(json) => to_text(json, TextForm::Stored).into(),
    })
}

/// Microseconds in a second.
pub(super) const SECOND: i64 = 1_000_000;

fn microseconds(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight()) * SECOND + i64::from(time.nanosecond() / 1_000)
}

fn places(field: &FieldDescription) -> u32 {
    field.decimal().map_or(0, |digits| digits.decimal_places)
}

/// The decimal as an integer in units of the field's last decimal place.
fn scaled(field: &FieldDescription, value: Decimal) -> Result<i64, ValueError> {
    let places = places(field);
    let mut exact = value;
    exact.rescale(places);
    if exact != value || exact.scale() != places {
        return Err(ValueError::new(format!(
            "expected at most {places} decimal places"
        )));
    }
    i64::try_from(exact.mantissa())
        .map_err(|_| ValueError::new(format!("expected at most {MAX_DECIMAL_DIGITS} digits")))
}
