//! Booleans, text, bytes and UUIDs.

use uuid::Uuid;

use super::field_type::field_type;
use super::{FieldType, FieldValues, NotNull, OrderedField, TextField};
use crate::field::{Value, ValueError, ValueType};

field_type!(bool, ValueType::Bool, Bool, |v| v, Ok);
field_type!(String, ValueType::Text, Text, |v| v, Ok);
field_type!(Uuid, ValueType::Uuid, Uuid, |v| v, Ok);

impl FieldType for Vec<u8> {
    const VALUE_TYPE: ValueType = ValueType::Bytes;
    const VALUES: FieldValues = FieldValues::All;

    fn into_value(self) -> Value {
        Value::Bytes(self.into_boxed_slice())
    }

    fn to_value(&self) -> Value {
        Value::Bytes(self.as_slice().into())
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        match value {
            Value::Bytes(bytes) => Ok(bytes.into_vec()),
            other => Err(ValueError::expected(Self::VALUE_TYPE, &other)),
        }
    }

    fn check(_: &Value) -> Result<(), ValueError> {
        Ok(())
    }
}
impl NotNull for Vec<u8> {}

impl OrderedField for bool {}
impl OrderedField for String {}
impl OrderedField for Uuid {}
impl OrderedField for Vec<u8> {}
impl TextField for String {}
