//! How values are kept in a file, and read back.
//!
//! Every value has one spelling, so that equal values are equal for SQLite, and orders as it does in Rust: booleans
//! are 0 and 1, decimals integers of their last declared place, dates ISO 8601 text, datetimes microseconds since
//! 1970, UUIDs lower-case hyphenated text.

use std::rc::Rc;

use chrono::{DateTime, Datelike, NaiveDate};
use rusqlite::Row;
use rusqlite::types::{Null, ToSql, ToSqlOutput, Value as Owned, ValueRef};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::error::Error;
use crate::field::{Value, ValueError, ValueType};
use crate::manager::{Description, FieldDescription, Record, RecordError};

/// The most digits that a scaled decimal may have: those that always fit 63 bits.
pub(super) const MAX_DECIMAL_DIGITS: u32 = 18;

/// The value as its column holds it, text borrowed.
pub(super) fn encode<'v>(field: &FieldDescription, value: &'v Value) -> Result<ToSqlOutput<'v>, ValueError> {
    Ok(match value {
        Value::Null => Null.into(),
        Value::Bool(value) => i64::from(*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Decimal(value) => scaled(field, *value)?.into(),
        Value::Text(text) => text.as_str().into(),
        Value::Date(date) => date.to_string().into(),
        Value::DateTime(instant) => instant.timestamp_micros().into(),
        Value::Uuid(id) => id.hyphenated().to_string().into(),
    })
}

fn places(field: &FieldDescription) -> u32 {
    field.decimal().map_or(0, |digits| digits.decimal_places)
}

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

/// A row of every field, in the description's order.
pub(super) fn record(description: &'static Description, row: &Row<'_>) -> Result<Record, Error> {
    let mut values = Vec::with_capacity(description.fields().len());
    for (index, field) in (0_u16..).zip(description.fields()) {
        let value = row
            .get_ref(usize::from(index))
            .map_err(|error| super::error::of(description, error))?;
        values.push(
            decode(field, value)
                .map_err(|source| Error::record(description, RecordError { field: index, source }))?,
        );
    }
    Ok(Record::new(values))
}

/// What was written past the framework need not fit its field.
fn decode(field: &FieldDescription, value: ValueRef<'_>) -> Result<Value, ValueError> {
    let expected = || ValueError::new(format!("expected {}", field.value_type().name()));
    match (field.value_type(), value) {
        (_, ValueRef::Null) if field.nullable() => Ok(Value::Null),
        (ValueType::Bool, ValueRef::Integer(value @ (0 | 1))) => Ok(Value::Bool(value == 1)),
        (ValueType::Integer { min, max }, ValueRef::Integer(value)) if (min..=max).contains(&value) => {
            Ok(Value::Integer(value))
        }
        (ValueType::Integer { min, max }, ValueRef::Integer(_)) => Err(ValueError::new(format!(
            "expected an integer from {min} to {max}"
        ))),
        (ValueType::Float, ValueRef::Real(value)) if value.is_finite() => Ok(Value::Float(value)),
        (ValueType::Decimal, ValueRef::Integer(value)) => {
            decimal(field, value).map(Value::Decimal).ok_or_else(expected)
        }
        (ValueType::Text, ValueRef::Text(text)) => std::str::from_utf8(text)
            .map(|text| Value::Text(text.to_owned()))
            .map_err(|_| expected()),
        (ValueType::Date, ValueRef::Text(text)) => date(text)
            .filter(|date| date.year() >= 1)
            .map(Value::Date)
            .ok_or_else(expected),
        (ValueType::DateTime, ValueRef::Integer(microseconds)) => {
            DateTime::from_timestamp_micros(microseconds)
                .filter(|instant| (1..=9999).contains(&instant.year()))
                .map(Value::DateTime)
                .ok_or_else(expected)
        }
        (ValueType::Uuid, ValueRef::Text(text)) => uuid(text).map(Value::Uuid).ok_or_else(expected),
        (_, ValueRef::Null) => Err(ValueError::new("expected a value, got null")),
        _ => Err(expected()),
    }
}

fn decimal(field: &FieldDescription, scaled: i64) -> Option<Decimal> {
    let digits = field.decimal()?;
    let bound = 10_u64.checked_pow(digits.max_digits)?;
    (scaled.unsigned_abs() < bound)
        .then(|| Decimal::try_new(scaled, digits.decimal_places).ok())
        .flatten()
}

/// Only the spelling that [`encode`] writes: another one would not be found by an equal value.
fn date(text: &[u8]) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    NaiveDate::from_ymd_opt(year.try_into().ok()?, number(&[m1, m2])?, number(&[d1, d2])?)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u32::from(digit - b'0'))
    })
}

fn uuid(text: &[u8]) -> Option<Uuid> {
    let id = Uuid::try_parse_ascii(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (id.hyphenated().encode_lower(&mut buffer).as_bytes() == text).then_some(id)
}

/// A value of a statement that sea-query built, on its way to a thread of the database.
#[derive(Clone, Debug)]
pub(super) enum Parameter {
    One(Owned),
    /// The members of an `IN`, which SQLite reads as a table.
    Many(Vec<Owned>),
}

impl Parameter {
    /// Takes the values of a statement over. The lists of `IN` travel as JSON, which holds every value that a list
    /// of ours can have.
    pub(super) fn all(values: sea_query::Values) -> Result<Vec<Self>, Error> {
        values.0.into_iter().map(Self::of).collect()
    }

    fn of(value: sea_query::Value) -> Result<Self, Error> {
        use sea_query::Value as Sea;
        Ok(Self::One(match value {
            Sea::BigInt(Some(value)) => Owned::Integer(value),
            Sea::BigUnsigned(Some(value)) => Owned::Integer(i64::try_from(value).unwrap_or(i64::MAX)),
            Sea::Double(Some(value)) => Owned::Real(value),
            Sea::String(Some(text)) => Owned::Text(text),
            Sea::Json(Some(list)) => match *list {
                serde_json::Value::Array(members) => {
                    return Ok(Self::Many(members.into_iter().map(member).collect()));
                }
                single => member(single),
            },
            Sea::BigInt(None) => Owned::Null,
            other => {
                return Err(Error::storage(anyhow::anyhow!(
                    "a statement holds {other:?}, for which SQLite has no form"
                )));
            }
        }))
    }
}

fn member(value: serde_json::Value) -> Owned {
    match value {
        serde_json::Value::String(text) => Owned::Text(text),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(value) => Owned::Integer(value),
            None => number.as_f64().map_or(Owned::Null, Owned::Real),
        },
        _ => Owned::Null,
    }
}

impl ToSql for Parameter {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::One(value) => value.to_sql(),
            Self::Many(values) => Ok(ToSqlOutput::from_rc(Rc::new(values.clone()), c"rarray")),
        }
    }
}
