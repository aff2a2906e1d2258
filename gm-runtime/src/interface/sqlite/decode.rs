//! Values of fields from the columns of a row.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use rusqlite::Row;
use rusqlite::types::ValueRef;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::encode::SECOND;
use super::error;
use crate::error::{Error, IdText, RecordError};
use crate::field::{Value, ValueError, ValueType};
use crate::interface::sql::{Column, DatabaseRow, json_column};
use crate::json::{TextForm, to_text};
use crate::manager::{Description, FieldDescription};

impl DatabaseRow for Row<'_> {
    fn column(&self, description: &'static Description, index: u16) -> Result<Column<'_>, Error> {
        column(description, self, index, description.field(index))
    }

    fn column_at(
        &self,
        description: &'static Description,
        place: usize,
        index: u16,
    ) -> Result<Column<'_>, Error> {
        decoded(description, self, place, (index, description.field(index)))
    }

    fn id_text(&self, description: &'static Description) -> Option<IdText> {
        match self.get_ref(usize::from(description.id_index())) {
            Ok(ValueRef::Integer(id)) => Some(IdText::of(&Value::Integer(id))),
            Ok(ValueRef::Text(id)) => Some(IdText::of_text(&String::from_utf8_lossy(id), true)),
            _ => None,
        }
    }
}

/// Decodes the value of one field.
pub(super) fn column<'r>(
    description: &'static Description,
    row: &'r Row<'_>,
    index: u16,
    field: &FieldDescription,
) -> Result<Column<'r>, Error> {
    decoded(description, row, usize::from(index), (index, field))
}

/// Decodes the value of a field, which is in the column at this place.
fn decoded<'r>(
    description: &'static Description,
    row: &'r Row<'_>,
    place: usize,
    (index, field): (u16, &FieldDescription),
) -> Result<Column<'r>, Error> {
    let value = row
        .get_ref(place)
        .map_err(|error| error::of_statement(description, error))?;
    decode(field, value).map_err(|source| {
        let (field, row) = (index, None);
        Error::record(description, RecordError { field, row, source })
    })
}

/// Fails for a value that another program wrote and that does not fit the field.
fn decode<'r>(field: &FieldDescription, value: ValueRef<'r>) -> Result<Column<'r>, ValueError> {
    match (field.value_type(), value) {
        (ValueType::Text, ValueRef::Text(text)) => std::str::from_utf8(text)
            .map(Column::Text)
            .map_err(|_| expected(field)),
        (ValueType::Bytes, ValueRef::Blob(bytes)) => Ok(Column::Bytes(bytes)),
        (_, value) => decode_other(field, value).map(Column::Other),
    }
}

fn expected(field: &FieldDescription) -> ValueError {
    ValueError::new(format!("expected {}", field.value_type().name()))
}

fn decode_other(field: &FieldDescription, value: ValueRef<'_>) -> Result<Value, ValueError> {
    let expected = || expected(field);
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
        (ValueType::Float32, ValueRef::Real(value)) => {
            float32(value).map(Value::Float32).ok_or_else(expected)
        }
        (ValueType::Decimal, ValueRef::Integer(value)) => {
            decimal(field, value).map(Value::Decimal).ok_or_else(expected)
        }
        (ValueType::Time, ValueRef::Integer(microseconds)) => {
            time(microseconds).map(Value::Time).ok_or_else(expected)
        }
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
        (ValueType::Json, ValueRef::Text(text)) => match json_column(text)? {
            // A missing value is SQL's NULL, which the lookup `isnull` matches.
            serde_json::Value::Null => Err(expected()),
            json => Ok(Value::Json(Box::new(json))),
        },
        (_, ValueRef::Null) => Err(ValueError::new("expected a value, got null")),
        _ => Err(expected()),
    }
}

/// Normalizes JSON text for comparisons. `None` if the text is not JSON.
pub(super) fn comparable_json(text: &[u8]) -> Option<String> {
    Some(to_text(&json_column(text).ok()?, TextForm::Compared))
}

/// Accepts only a number that 32 bits hold exactly. A query for an equal value would not match another number.
fn float32(value: f64) -> Option<f32> {
    let float = value as f32;
    (float.is_finite() && f64::from(float) == value).then_some(float)
}

fn decimal(field: &FieldDescription, scaled: i64) -> Option<Decimal> {
    let digits = field.decimal()?;
    let bound = 10_u64.checked_pow(digits.max_digits)?;
    (scaled.unsigned_abs() < bound)
        .then(|| Decimal::try_new(scaled, digits.decimal_places).ok())
        .flatten()
}

fn time(microseconds: i64) -> Option<NaiveTime> {
    let seconds = u32::try_from(microseconds.checked_div(SECOND)?).ok()?;
    let nanosecond = u32::try_from(microseconds.checked_rem(SECOND)?)
        .ok()?
        .checked_mul(1_000)?;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanosecond)
}

/// Accepts only the spelling that `encode` writes. A query for an equal date would not match another spelling.
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

/// Accepts only the spelling that `encode` writes.
fn uuid(text: &[u8]) -> Option<Uuid> {
    let id = Uuid::try_parse_ascii(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (id.hyphenated().encode_lower(&mut buffer).as_bytes() == text).then_some(id)
}
