//! Values of fields from the columns of a row, in Postgres' binary form.
//!
//! The type of the column decides how its bytes are read. The driver's conversions round decimals and fail for infinite dates.

use std::error::Error as StdError;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use super::encode::{DAYS_TO_2000, JSONB_VERSION, MICROSECONDS_TO_2000};
use super::{error, numeric};
use crate::error::{Error, IdText, RecordError};
use crate::field::{Value, ValueError, ValueType};
use crate::interface::sql::{Column, DatabaseRow, json_column};
use crate::manager::{Description, FieldDescription};

impl DatabaseRow for Row {
    fn column(&self, description: &'static Description, index: u16) -> Result<Column<'_>, Error> {
        self.column_at(description, usize::from(index), index)
    }

    fn column_at(
        &self,
        description: &'static Description,
        place: usize,
        index: u16,
    ) -> Result<Column<'_>, Error> {
        let bytes = self.try_get::<_, Bytes<'_>>(place);
        let Bytes(bytes) = bytes.map_err(|error| error::of_statement(description, &error))?;
        let column_type = self
            .columns()
            .get(place)
            .map_or(&Type::UNKNOWN, |column| column.type_());
        decode(description.field(index), column_type, bytes).map_err(|source| {
            let (field, row) = (index, None);
            Error::record(description, RecordError { field, row, source })
        })
    }

    fn id_text(&self, description: &'static Description) -> Option<IdText> {
        let id = self.column(description, description.id_index()).ok()?;
        Some(IdText::of(&id.into()))
    }
}

/// The bytes of a column of any type. `None` for null.
pub(super) struct Bytes<'r>(pub(super) Option<&'r [u8]>);

impl<'r> FromSql<'r> for Bytes<'r> {
    fn from_sql(_: &Type, bytes: &'r [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(Some(bytes)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Decodes the value of one field.
///
/// # Errors
/// A value that the field can't hold.
fn decode<'r>(
    field: &FieldDescription,
    column_type: &Type,
    bytes: Option<&'r [u8]>,
) -> Result<Column<'r>, ValueError> {
    let Some(bytes) = bytes else {
        return match field.nullable() {
            true => Ok(Column::Other(Value::Null)),
            false => Err(ValueError::new("expected a value, got null")),
        };
    };
    let expected = || ValueError::new(format!("expected {}", field.value_type().name()));
    let other = |value: Option<Value>| value.map(Column::Other).ok_or_else(expected);
    match (field.value_type(), column_type) {
        (ValueType::Text, &(Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME)) => {
            std::str::from_utf8(bytes)
                .map(Column::Text)
                .map_err(|_| expected())
        }
        (ValueType::Bytes, &Type::BYTEA) => Ok(Column::Bytes(bytes)),
        (ValueType::Integer { min, max }, _) => match integer(column_type, bytes) {
            Some(value) if (min..=max).contains(&value) => Ok(Column::Other(Value::Integer(value))),
            Some(_) => Err(ValueError::new(format!(
                "expected an integer from {min} to {max}"
            ))),
            None => Err(expected()),
        },
        (ValueType::Bool, &Type::BOOL) => other(match bytes {
            [0] => Some(Value::Bool(false)),
            [1] => Some(Value::Bool(true)),
            _ => None,
        }),
        (ValueType::Float, _) => other(float(column_type, bytes).map(Value::Float)),
        (ValueType::Float32, _) => other(float(column_type, bytes).and_then(float32).map(Value::Float32)),
        (ValueType::Decimal, _) => decimal(field, column_type, bytes).map(Column::Other),
        (ValueType::Date, &Type::DATE) => other(date(bytes).map(Value::Date)),
        (ValueType::Time, &Type::TIME) => other(time(bytes).map(Value::Time)),
        // A session's time zone is UTC, so that a timestamp without a zone is one in UTC.
        (ValueType::DateTime, &(Type::TIMESTAMPTZ | Type::TIMESTAMP)) => {
            other(instant(bytes).map(Value::DateTime))
        }
        (ValueType::Uuid, &Type::UUID) => other(Uuid::from_slice(bytes).ok().map(Value::Uuid)),
        (ValueType::Json, &(Type::JSONB | Type::JSON)) => json(column_type, bytes, expected),
        _ => Err(expected()),
    }
}

/// The bytes of a number as an array.
fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn integer(column_type: &Type, bytes: &[u8]) -> Option<i64> {
    match *column_type {
        Type::INT8 => fixed(bytes).map(i64::from_be_bytes),
        Type::INT4 => fixed(bytes).map(|bytes| i32::from_be_bytes(bytes).into()),
        Type::INT2 => fixed(bytes).map(|bytes| i16::from_be_bytes(bytes).into()),
        _ => None,
    }
}

/// A finite number. Zero has no sign.
fn float(column_type: &Type, bytes: &[u8]) -> Option<f64> {
    let value = match *column_type {
        Type::FLOAT8 => fixed(bytes).map(f64::from_be_bytes),
        Type::FLOAT4 => fixed(bytes).map(|bytes| f32::from_be_bytes(bytes).into()),
        _ => None,
    };
    value.filter(|value| value.is_finite()).map(|value| value + 0.0)
}

/// Accepts only a number that 32 bits hold exactly. A query for an equal value would not match another number.
fn float32(value: f64) -> Option<f32> {
    let float = value as f32;
    (f64::from(float) == value).then_some(float)
}

fn decimal(field: &FieldDescription, column_type: &Type, bytes: &[u8]) -> Result<Value, ValueError> {
    let digits = field.decimal();
    let places = digits.map(|digits| digits.decimal_places);
    let value = match *column_type {
        Type::NUMERIC => numeric::decode(bytes, places),
        _ => integer(column_type, bytes).and_then(|value| {
            let mut value = Decimal::from(value);
            value.rescale(places.unwrap_or_default());
            (value.scale() == places.unwrap_or_default()).then_some(value)
        }),
    };
    let Some(digits) = digits else {
        return value
            .map(Value::Decimal)
            .ok_or_else(|| ValueError::new("expected a decimal number of at most 28 digits"));
    };
    let fits = |value: &Decimal| {
        10_u128
            .checked_pow(digits.max_digits)
            .is_none_or(|bound| value.mantissa().unsigned_abs() < bound)
    };
    value.filter(fits).map(Value::Decimal).ok_or_else(|| {
        ValueError::new(format!(
            "expected a decimal number of at most {} digits and {} decimal places",
            digits.max_digits, digits.decimal_places
        ))
    })
}

/// A date of the years 1 to 9999. The infinite dates are the ends of the range of the number.
fn date(bytes: &[u8]) -> Option<NaiveDate> {
    let days = fixed(bytes).map(i32::from_be_bytes)?.checked_add(DAYS_TO_2000)?;
    let date = NaiveDate::from_num_days_from_ce_opt(days)?;
    (1..=9999).contains(&date.year()).then_some(date)
}

/// A time of day. Postgres also has `24:00:00`, which is no time of this day.
fn time(bytes: &[u8]) -> Option<NaiveTime> {
    let microseconds = u64::try_from(fixed(bytes).map(i64::from_be_bytes)?).ok()?;
    let seconds = u32::try_from(microseconds / 1_000_000).ok()?;
    let nanosecond = u32::try_from(microseconds % 1_000_000 * 1_000).ok()?;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanosecond)
}

/// An instant of the years 1 to 9999. The infinite instants are the ends of the range of the number.
fn instant(bytes: &[u8]) -> Option<DateTime<Utc>> {
    let microseconds = fixed(bytes)
        .map(i64::from_be_bytes)?
        .checked_add(MICROSECONDS_TO_2000)?;
    let instant = DateTime::from_timestamp_micros(microseconds)?;
    (1..=9999).contains(&instant.year()).then_some(instant)
}

fn json<'r>(
    column_type: &Type,
    bytes: &'r [u8],
    expected: impl Fn() -> ValueError,
) -> Result<Column<'r>, ValueError> {
    let text = match (column_type, bytes) {
        (&Type::JSON, text) => text,
        (_, [JSONB_VERSION, text @ ..]) => text,
        _ => return Err(expected()),
    };
    match json_column(text)? {
        // A missing value is SQL's NULL, which the lookup `isnull` matches.
        serde_json::Value::Null => Err(expected()),
        json => Ok(Column::Other(Value::Json(Box::new(json)))),
    }
}
