//! Reads the value of one field.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::key::KeySeed;
use crate::field::{Value, ValueError, ValueType};
use crate::json::{MemoryBudget, Number, RawJson, View};
use crate::manager::FieldDescription;
use crate::protocol::values;

/// Reads the value of a field into its slot. A value of another type is no error of the JSON.
pub(super) struct ValueSeed<'r> {
    pub(super) field: &'static FieldDescription,
    pub(super) slot: &'r mut Value,
    /// The memory that the values of JSON fields may take.
    pub(super) budget: &'r mut MemoryBudget,
}

/// The key of a number, in builds that enable serde_json's `arbitrary_precision`.
const ARBITRARY_NUMBER: &str = "$serde_json::private::Number";

impl ValueSeed<'_> {
    fn expected(&self) -> ValueError {
        ValueError::new(format!("expected {}", self.field.value_type().name()))
    }

    fn view(self, view: View<'_>) -> Result<(), ValueError> {
        let field = self.field;
        let value = match (&view, field.value_type()) {
            (View::Null, _) if !field.nullable() => {
                return Err(ValueError::new(format!(
                    "expected {}, got null; a field that may be null must be an `Option`",
                    field.value_type().name()
                )));
            }
            (View::Text(text), ValueType::Decimal) => values::decimal::with_exponent(text),
            _ => None,
        };
        let value = match value {
            Some(value) => Value::Decimal(value),
            None => {
                let found = Found::of(&view, field.value_type());
                values::read_view(view, field.value_type()).map_err(|error| wrong_type(&error, &found))?
            }
        };
        *self.slot = with_places(value, field);
        Ok(())
    }

    /// Reads the value of a JSON field, whose numbers serde_json would round.
    fn json(self, text: &str) -> Result<(), ValueError> {
        let json = RawJson::parse(text, usize::MAX).map_err(|_| self.expected())?;
        if json.is_null() {
            return self.view(View::Null);
        }
        *self.slot = values::read(json, ValueType::Json, self.budget)?;
        Ok(())
    }
}

/// What was found in place of the value, for the error: a number, or the type of any other value.
enum Found {
    Number(Number),
    Type(&'static str),
}

impl Found {
    fn of(view: &View<'_>, expected: ValueType) -> Self {
        Self::Type(match view {
            View::Number(Some(number)) => return Self::Number(*number),
            View::Number(None) => "a number out of the range of doubles",
            View::Null => "null",
            View::Bool(_) => "a boolean",
            View::Text(_) if expected.is_written_as_text() => "other text",
            View::Text(_) => "text",
            View::List(_) => "a list",
            View::Object(_) => "an object",
        })
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(Number::Integer(number)) => number.fmt(f),
            Self::Number(Number::Natural(number)) => number.fmt(f),
            Self::Number(Number::Double(number)) => number.fmt(f),
            Self::Type(name) => f.write_str(name),
        }
    }
}

/// The error of a value of another type than the field's.
fn wrong_type(error: &ValueError, found: &Found) -> ValueError {
    ValueError::new(format!(
        "{}, got {found}; the owner declares another type for the field than this struct",
        error.message()
    ))
}

/// A decimal with the declared number of places, if this loses no digit.
fn with_places(value: Value, field: &FieldDescription) -> Value {
    match (value, field.decimal()) {
        (Value::Decimal(mut value), Some(digits)) if value.scale() < digits.decimal_places => {
            value.rescale(digits.decimal_places);
            Value::Decimal(value)
        }
        (value, _) => value,
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Result<(), ValueError>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.field.value_type() == ValueType::Json {
            return <&RawValue>::deserialize(deserializer).map(|json| self.json(json.get()));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Result<(), ValueError>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(self.view(View::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.view(View::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        match self.field.value_type() {
            ValueType::Integer { min, max } if (min..=max).contains(&value) => {
                *self.slot = Value::Integer(value);
                Ok(Ok(()))
            }
            _ => Ok(self.view(View::Number(Some(Number::Integer(value))))),
        }
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Ok(self.view(View::Number(Some(Number::Natural(value))))),
        }
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.view(View::Number(Some(Number::Double(value)))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        match self.field.value_type() {
            ValueType::Text => {
                *self.slot = Value::Text(text.to_owned());
                Ok(Ok(()))
            }
            _ => Ok(self.view(View::Text(text.into()))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err(wrong_type(&self.expected(), &Found::Type("a list"))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let number = map.next_key_seed(KeySeed(|key: &str| (key == ARBITRARY_NUMBER).then_some(())))?;
        match number {
            None => return Ok(Err(wrong_type(&self.expected(), &Found::Type("an object")))),
            Some(Some(())) => {
                let number: String = map.next_value()?;
                return Ok(self.view(View::Number(Number::nearest(&number))));
            }
            Some(None) => map.next_value::<IgnoredAny>()?,
        };
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Err(wrong_type(&self.expected(), &Found::Type("an object"))))
    }
}
