//! Values of fields in Postgres' binary form.

use std::sync::Arc;

use chrono::{Datelike, NaiveTime, Timelike};
use tokio_postgres::types::Type;

use super::numeric;
use crate::field::{Value, ValueError, ValueType};
use crate::json::{TextForm, to_text};
use crate::manager::{FieldDescription, check_characters};

/// The longest value that is stored in place: a UUID.
const MAX_FIXED: usize = 16;

/// A value in Postgres' binary form.
#[derive(Clone)]
pub(super) enum Encoded {
    Null,
    /// A short value, which needs no allocation.
    Fixed {
        bytes: [u8; MAX_FIXED],
        length: u8,
    },
    Shared(Arc<[u8]>),
}

impl Encoded {
    pub(super) fn fixed<const N: usize>(value: [u8; N]) -> Self {
        const { assert!(N <= MAX_FIXED) };
        let mut bytes = [0; MAX_FIXED];
        for (byte, of_value) in bytes.iter_mut().zip(value) {
            *byte = of_value;
        }
        let length = N as u8;
        Self::Fixed { bytes, length }
    }

    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Shared(text.into().into())
    }

    /// The bytes. `None` for null.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Null => None,
            Self::Fixed { bytes, length } => bytes.get(..usize::from(*length)),
            Self::Shared(bytes) => Some(bytes),
        }
    }
}

/// The type of the parameters of such a field. A statement casts them to the type of the column, where that is a smaller one.
pub(super) fn postgres_type(value_type: ValueType) -> Type {
    match value_type {
        ValueType::Bool => Type::BOOL,
        ValueType::Integer { .. } => Type::INT8,
        ValueType::Float => Type::FLOAT8,
        ValueType::Float32 => Type::FLOAT4,
        ValueType::Decimal => Type::NUMERIC,
        ValueType::Text => Type::TEXT,
        ValueType::Bytes => Type::BYTEA,
        ValueType::Date => Type::DATE,
        ValueType::Time => Type::TIME,
        ValueType::DateTime => Type::TIMESTAMPTZ,
        ValueType::Uuid => Type::UUID,
        ValueType::Json => Type::JSONB,
    }
}

/// The type of an array of such values.
pub(super) fn array_type(member_type: &Type) -> Type {
    match *member_type {
        Type::BOOL => Type::BOOL_ARRAY,
        Type::INT8 => Type::INT8_ARRAY,
        Type::FLOAT8 => Type::FLOAT8_ARRAY,
        Type::FLOAT4 => Type::FLOAT4_ARRAY,
        Type::NUMERIC => Type::NUMERIC_ARRAY,
        Type::BYTEA => Type::BYTEA_ARRAY,
        Type::DATE => Type::DATE_ARRAY,
        Type::TIME => Type::TIME_ARRAY,
        Type::TIMESTAMPTZ => Type::TIMESTAMPTZ_ARRAY,
        Type::UUID => Type::UUID_ARRAY,
        Type::JSONB => Type::JSONB_ARRAY,
        _ => Type::TEXT_ARRAY,
    }
}

/// Encodes a value of this field.
///
/// # Errors
/// A value that its column would round, or that no server holds.
pub(super) fn encode(field: &FieldDescription, value: &Value) -> Result<Encoded, ValueError> {
    Ok(match value {
        Value::Null => Encoded::Null,
        Value::Bool(value) => Encoded::fixed([u8::from(*value)]),
        Value::Integer(value) => Encoded::fixed(value.to_be_bytes()),
        Value::Float(value) => Encoded::fixed(value.to_be_bytes()),
        Value::Float32(value) => Encoded::fixed(value.to_be_bytes()),
        Value::Decimal(value) => {
            let places = field.decimal().map(|digits| digits.decimal_places);
            Encoded::Shared(numeric::encode(*value, places)?.into())
        }
        Value::Text(text) => {
            check_characters(text)?;
            Encoded::text(text.as_str())
        }
        Value::Bytes(bytes) => Encoded::Shared(bytes.as_ref().into()),
        Value::Date(date) => Encoded::fixed(days(date.num_days_from_ce())?.to_be_bytes()),
        Value::Time(time) => Encoded::fixed(microseconds(*time).to_be_bytes()),
        Value::DateTime(instant) => {
            let since_2000 = instant.timestamp_micros().checked_sub(MICROSECONDS_TO_2000);
            let since_2000 = since_2000.ok_or_else(|| ValueError::new("expected a year from 1 to 9999"))?;
            Encoded::fixed(since_2000.to_be_bytes())
        }
        Value::Uuid(id) => Encoded::fixed(id.into_bytes()),
        Value::Json(json) => jsonb(&to_text(json, TextForm::Stored)),
    })
}

/// The microseconds from 1970 to 2000, from which Postgres counts.
pub(super) const MICROSECONDS_TO_2000: i64 = 946_684_800_000_000;
/// The days from the year 1 to 2000, from which Postgres counts.
pub(super) const DAYS_TO_2000: i32 = 730_120;

fn days(from_ce: i32) -> Result<i32, ValueError> {
    from_ce
        .checked_sub(DAYS_TO_2000)
        .ok_or_else(|| ValueError::new("expected a year from 1 to 9999"))
}

fn microseconds(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight()) * 1_000_000 + i64::from(time.nanosecond() / 1_000)
}

/// The version of `jsonb` in its binary form, before the text.
pub(super) const JSONB_VERSION: u8 = 1;

/// JSON text as `jsonb`.
pub(super) fn jsonb(text: &str) -> Encoded {
    let mut bytes = Vec::with_capacity(text.len() + 1);
    bytes.push(JSONB_VERSION);
    bytes.extend_from_slice(text.as_bytes());
    Encoded::Shared(bytes.into())
}

/// An array of one dimension.
pub(super) fn array(member_type: &Type, members: &[Encoded]) -> Encoded {
    let length = |length: usize| i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes();
    let has_null = members.iter().any(|member| member.bytes().is_none());
    let mut bytes = Vec::with_capacity(20 + members.len() * 12);
    // The dimensions, whether there is a null, the type, the length of the dimension and its first index.
    bytes.extend_from_slice(&1_i32.to_be_bytes());
    bytes.extend_from_slice(&i32::from(has_null).to_be_bytes());
    bytes.extend_from_slice(&member_type.oid().to_be_bytes());
    bytes.extend_from_slice(&length(members.len()));
    bytes.extend_from_slice(&1_i32.to_be_bytes());
    for member in members {
        match member.bytes() {
            Some(member) => {
                bytes.extend_from_slice(&length(member.len()));
                bytes.extend_from_slice(member);
            }
            None => bytes.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }
    Encoded::Shared(bytes.into())
}
