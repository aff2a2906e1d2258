//! Values without their Rust type: what storage, server and cache work on.

use std::hash::{Hash, Hasher};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// One field's value, without its Rust type.
///
/// The server, the databases and the permissions work on values and descriptions, so that a hundred managers
/// do not compile a hundred servers. Application code meets it only in its own [`FieldType`](super::FieldType).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// The absence of a value: `None`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of any width.
    Integer(i64),
    /// A double; never a NaN or an infinity, which the wire can't carry.
    Float(f64),
    /// A decimal number.
    Decimal(Decimal),
    /// Unicode text without U+0000.
    Text(String),
    /// A day of the calendar.
    Date(NaiveDate),
    /// An instant, in UTC, to the microsecond.
    DateTime(DateTime<Utc>),
    /// A UUID.
    Uuid(Uuid),
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
            Self::Decimal(_) => "a decimal",
            Self::Text(_) => "text",
            Self::Date(_) => "a date",
            Self::DateTime(_) => "a datetime",
            Self::Uuid(_) => "a uuid",
        }
    }
}

// Floats are told apart by their bits: the cache needs "the same query", not "numerically equal".
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
            Self::Decimal(value) => value.hash(state),
            Self::Text(value) => value.hash(state),
            Self::Date(value) => value.hash(state),
            Self::DateTime(value) => value.hash(state),
            Self::Uuid(value) => value.hash(state),
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
    /// A decimal number; its digits and places are the field's (see
    /// [`FieldDescription::decimal`](crate::manager::FieldDescription::decimal)).
    Decimal,
    /// Unicode text.
    Text,
    /// A day of the calendar.
    Date,
    /// An instant, to the microsecond.
    DateTime,
    /// A UUID.
    Uuid,
}

impl ValueType {
    /// The type in the words of an error message: "expected …".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Integer { .. } => "an integer",
            Self::Float => "a number",
            Self::Decimal => "a decimal number as text",
            Self::Text => "text",
            Self::Date => "a date like 2024-01-31",
            Self::DateTime => "a datetime like 2024-01-31T12:30:00Z",
            Self::Uuid => "a hyphenated UUID",
        }
    }
}

/// Why a value is not one of a field.
///
/// The message is written for whoever sent the value: it says what was expected, and never repeats the value.
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

    /// What was expected.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
