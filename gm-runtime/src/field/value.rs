//! Values without their Rust type: what storage, server and cache work on.

use std::hash::{Hash, Hasher};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::json::{self, JsonError};

/// One field's value, without its Rust type.
///
/// The server, the databases and the permissions work on values and descriptions, so that a hundred managers
/// do not compile a hundred servers. Application code meets it in the id of a [`Change`](crate::change::Change) and in
/// its own [`Interface`](crate::interface::Interface); [`FieldType::from_value`](super::FieldType::from_value) gives it
/// its type.
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
    /// A double; never a NaN or an infinity, which the wire can't carry.
    Float(f64),
    /// A float of 32 bits, finite too. It is not a [`Float`](Self::Float): its shortest decimal, which is what the
    /// wire carries, is another one than that of the same number as a double.
    Float32(f32),
    /// A decimal number.
    Decimal(Decimal),
    /// Unicode text without U+0000.
    Text(String),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// A day of the calendar.
    Date(NaiveDate),
    /// A time of day, to the microsecond; no leap second.
    Time(NaiveTime),
    /// An instant, in UTC, to the microsecond.
    DateTime(DateTime<Utc>),
    /// A UUID.
    Uuid(Uuid),
    /// A JSON value other than null, which is [`Value::Null`]. Its numbers are equal where they are worth the same, as in
    /// JavaScript: `100` is `100.0`, which two `serde_json::Value`s are not.
    // Boxed, like bytes: a value stays at three words, of which a record has one for each field.
    Json(Box<serde_json::Value>),
}

impl Value {
    /// Whether this is [`Value::Null`].
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What this value is, in the words of an error message.
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

// A NaN, which would not equal itself, is refused wherever a value enters.
impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Integer(value) => value.hash(state),
            // 0.0 == -0.0, so they must hash alike.
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

/// What a field holds, as far as the wire and a database can tell types apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueType {
    /// `true` or `false`.
    Bool,
    /// An integer between `min` and `max`, both included.
    Integer {
        /// The least value of the field's Rust type.
        min: i64,
        /// The greatest value of the field's Rust type.
        max: i64,
    },
    /// A finite double.
    Float,
    /// A finite float of 32 bits.
    Float32,
    /// A decimal number; its digits and places are the field's (see
    /// [`FieldDescription::decimal`](crate::manager::FieldDescription::decimal)).
    Decimal,
    /// Unicode text.
    Text,
    /// Bytes; base64 text on the wire (RFC 4648, section 4: the standard alphabet, padded).
    Bytes,
    /// A day of the calendar.
    Date,
    /// A time of day, to the microsecond.
    Time,
    /// An instant, to the microsecond.
    DateTime,
    /// A UUID.
    Uuid,
    /// A JSON value, nested at most 64 deep.
    Json,
}

impl ValueType {
    /// The type in the words of an error message: "expected …".
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

    /// Whether JSON holds values of this type as text.
    pub(crate) const fn is_written_as_text(self) -> bool {
        !matches!(
            self,
            Self::Bool | Self::Integer { .. } | Self::Float | Self::Float32 | Self::Json
        )
    }

    /// Whether values of this type are less or greater than each other. JSON values are not.
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        !matches!(self, Self::Json)
    }
}

/// Why a value is not one of a field.
///
/// The message is written for the sender of the value: it says what was expected. It does not repeat the value, but for a
/// name that an owner's enum does not have.
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

    /// What was expected.
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
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Value>(), 24);
    }
}
