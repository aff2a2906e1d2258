//! JSON values.

use serde_json::Value as Json;

use super::{FieldType, FieldValues, NotNull};
use crate::field::{Value, ValueError, ValueType};

impl FieldType for Json {
    const VALUE_TYPE: ValueType = ValueType::Json;
    const VALUES: FieldValues = FieldValues::All;

    fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            value => Value::Json(Box::new(value)),
        }
    }

    fn to_value(&self) -> Value {
        self.clone().into_value()
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        match value {
            Value::Json(value) => Ok(*value),
            other => Err(ValueError::expected(Self::VALUE_TYPE, &other)),
        }
    }

    fn check(_: &Value) -> Result<(), ValueError> {
        Ok(())
    }
}
impl NotNull for Json {}
