//! The values of fields without their Rust type, for storage, server and cache.

use std::hash::{Hash, Hasher};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::json::{self, JsonError};

/// The value of a field, without its Rust type.
///
/// The server, the databases and the permissions use values and descriptions, so that their code is compiled once and not for
/// each manager. An application finds values in the id of a [`Change`](crate::change::Change) and in its own
/// [`Interface`](crate::interface::Interface). [`FieldType::from_value`](super::FieldType::from_value) converts them to their
/// Rust type.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Value {
    /// The absence of a value: `None`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of any width.
    Integer(i64),
    /// A finite double. JSON has neither NaN nor infinities.
    Float(f64),
    /// A finite float of 32 bits. It differs from [`Float`](Self::Float) in its shortest decimal text, which the wire has.
    Float32(f32),
    /// A decimal number.
    Decimal(Decimal),
    /// Unicode text without U+0000.
    Text(String),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// A day of the calendar.
    Date(NaiveDate),
    /// A time of day in microseconds, without leap seconds.
    Time(NaiveTime),
    /// An instant in UTC, in microseconds.
    DateTime(DateTime<Utc>),
    /// A UUID.
    Uuid(Uuid),
    /// A JSON value other than null, which is [`Value::Null`]. Numbers are compared by value: `100` equals `100.0`, unlike in
    /// `serde_json::Value`.
    // Boxed, so that a value has three words. A record has one value for each field.
    Json(Box<serde_json::Value>),
}

impl Value {
    /// Whether this is [`Value::Null`].
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The type of this value for error messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Float32(_) => "a float of 32 bits",
            Self::Decimal(_) => "a decimal",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Date(_) => "a date",
            Self::Time(_) => "a time",
            Self::DateTime(_) => "a datetime",
            Self::Uuid(_) => "a uuid",
            Self::Json(_) => "JSON",
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => left == right,
            (Self::Float32(left), Self::Float32(right)) => left == right,
            (Self::Decimal(left), Self::Decimal(right)) => left == right,
            (Self::Text(left), Self::Text(right)) => left == right,
            (Self::Bytes(left), Self::Bytes(right)) => left == right,
            (Self::Date(left), Self::Date(right)) => left == right,
            (Self::Time(left), Self::Time(right)) => left == right,
            (Self::DateTime(left), Self::DateTime(right)) => left == right,
            (Self::Uuid(left), Self::Uuid(right)) => left == right,
            (Self::Json(left), Self::Json(right)) => json::equal(left, right),
            _ => false,
        }
    }
}

// A NaN, which does not equal itself, is refused when a value enters.
impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Integer(value) => value.hash(state),
            // 0.0 == -0.0, so both must have the same hash.
            Self::Float(value) => (value + 0.0).to_bits().hash(state),
            Self::Float32(value) => (value + 0.0).to_bits().hash(state),
            Self::Decimal(value) => value.hash(state),
            Self::Text(value) => value.hash(state),
            Self::Bytes(value) => value.hash(state),
            Self::Date(value) => value.hash(state),
            Self::Time(value) => value.hash(state),
            Self::DateTime(value) => value.hash(state),
            Self::Uuid(value) => value.hash(state),
            Self::Json(value) => json::hash(value, state),
        }
    }
}

/// The type of a field on the wire and in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueType {
    /// `true` or `false`.
    Bool,
    /// An integer between `min` and `max`, both included.
    Integer {
        /// The minimum of the field's Rust type.
        min: i64,
        /// The maximum of the field's Rust type.
        max: i64,
    },
    /// A finite double.
    Float,
    /// A finite float of 32 bits.
    Float32,
    /// A decimal number, with the digits of [`FieldDescription::decimal`](crate::manager::FieldDescription::decimal).
    Decimal,
    /// Unicode text.
    Text,
    /// Bytes. On the wire they are base64 text with the standard alphabet and padding (RFC 4648, section 4).
    Bytes,
    /// A day of the calendar.
    Date,
    /// A time of day, in microseconds.
    Time,
    /// An instant, in microseconds.
    DateTime,
    /// A UUID.
    Uuid,
    /// A JSON value with at most 64 levels.
    Json,
}

impl ValueType {
    /// The type for error messages: "expected …".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Integer { .. } => "an integer",
            Self::Float => "a number",
            Self::Float32 => "a number that 32 bits can hold",
            Self::Decimal => "a decimal number as text",
            Self::Text => "text",
            Self::Bytes => "bytes as padded base64",
            Self::Date => "a date like 2024-01-31",
            Self::Time => "a time like 12:30:00",
            Self::DateTime => "a datetime like 2024-01-31T12:30:00Z",
            Self::Uuid => "a hyphenated UUID",
            Self::Json => "JSON",
        }
    }

    /// Whether values of this type are text in JSON.
    pub(crate) const fn is_written_as_text(self) -> bool {
        !matches!(
            self,
            Self::Bool | Self::Integer { .. } | Self::Float | Self::Float32 | Self::Json
        )
    }

    /// Whether values of this type have an order. JSON values have none.
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        !matches!(self, Self::Json)
    }
}

/// The error of a value that is invalid for its field.
///
/// The message tells the sender what was expected. It repeats the value only if an enum does not have the name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValueError {
    message: std::borrow::Cow<'static, str>,
}

impl ValueError {
    /// An error with this message, such as `"expected an even number"`.
    #[must_use]
    pub fn new(message: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// "expected an integer, got text".
    #[must_use]
    pub fn expected(expected: ValueType, got: &Value) -> Self {
        Self::new(format!("expected {}, got {}", expected.name(), got.type_name()))
    }

    pub(crate) fn into_message(self) -> std::borrow::Cow<'static, str> {
        self.message
    }

    /// The message: what was expected.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<JsonError> for ValueError {
    fn from(JsonError(message): JsonError) -> Self {
        Self::new(message)
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_value_has_three_words() {
        assert_eq!(size_of::<Value>(), 24);
    }
}
