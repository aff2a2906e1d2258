//! The types of fields, as words.

use serde::{Deserialize, Serialize};

use crate::field::ValueType;

/// The type of a field in a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum SchemaType {
    /// `boolean`
    Boolean,
    /// `integer`: a number of JSON.
    Integer,
    /// `float`: a number of JSON that is a double.
    Float,
    /// `float32`: a number of JSON that is a float of 32 bits.
    Float32,
    /// `decimal`: text like `"12.50"`.
    Decimal,
    /// `text`
    #[default]
    Text,
    /// `bytes`: padded base64 text.
    Bytes,
    /// `date`: text like `"2024-01-31"`.
    Date,
    /// `time`: text like `"12:30:00"`.
    Time,
    /// `datetime`: text like `"2024-01-31T12:30:00Z"`.
    DateTime,
    /// `uuid`: hyphenated text.
    Uuid,
    /// `json`: any JSON.
    Json,
    /// A word that this version does not know.
    Other(String),
}

impl SchemaType {
    const KNOWN: [(Self, &'static str); 12] = [
        (Self::Boolean, "boolean"),
        (Self::Integer, "integer"),
        (Self::Float, "float"),
        (Self::Float32, "float32"),
        (Self::Decimal, "decimal"),
        (Self::Text, "text"),
        (Self::Bytes, "bytes"),
        (Self::Date, "date"),
        (Self::Time, "time"),
        (Self::DateTime, "datetime"),
        (Self::Uuid, "uuid"),
        (Self::Json, "json"),
    ];

    /// The word in JSON.
    #[must_use]
    pub fn word(&self) -> &str {
        let known = Self::KNOWN.iter().find(|(known, _)| known == self);
        match (self, known) {
            (Self::Other(word), _) => word,
            (_, Some((_, word))) => word,
            (_, None) => "",
        }
    }
}

impl From<String> for SchemaType {
    fn from(word: String) -> Self {
        match Self::KNOWN.into_iter().find(|(_, known)| *known == word) {
            Some((known, _)) => known,
            None => Self::Other(word),
        }
    }
}

impl From<SchemaType> for String {
    fn from(value_type: SchemaType) -> Self {
        value_type.word().to_owned()
    }
}

impl From<ValueType> for SchemaType {
    fn from(value_type: ValueType) -> Self {
        match value_type {
            ValueType::Bool => Self::Boolean,
            ValueType::Integer { .. } => Self::Integer,
            ValueType::Float => Self::Float,
            ValueType::Float32 => Self::Float32,
            ValueType::Decimal => Self::Decimal,
            ValueType::Text => Self::Text,
            ValueType::Bytes => Self::Bytes,
            ValueType::Date => Self::Date,
            ValueType::Time => Self::Time,
            ValueType::DateTime => Self::DateTime,
            ValueType::Uuid => Self::Uuid,
            ValueType::Json => Self::Json,
        }
    }
}
