//! A row of an answer: JSON straight into values.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::values;
use crate::client::Misfit;
use crate::field::{Value, ValueError, ValueType};
use crate::manager::{Description, FieldDescription, Record};

/// Reads a row, or what is wrong with the first field of which something is. Keys that are not known are ignored.
pub(super) struct RowSeed(pub(super) &'static Description);

impl<'de> DeserializeSeed<'de> for RowSeed {
    type Value = Result<Record, Misfit>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed {
    type Value = Result<Record, Misfit>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let description = self.0;
        let mut row = Row {
            values: vec![Value::Null; description.fields().len()],
            wrong: Vec::new(),
        };
        let mut next = 0;
        while let Some(index) =
            map.next_key_seed(OneOf(|name: &str| description.field_index_from(next, name)))?
        {
            match index {
                Some(index) => {
                    row.set(index, map.next_value_seed(ValueSeed(description.field(index)))?);
                    next = index.saturating_add(1);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(row.finish(description))
    }
}

/// A row under way.
struct Row {
    /// Null where a field is not told yet.
    values: Vec<Value>,
    /// What is wrong with fields that are told; mostly nothing.
    wrong: Vec<(u16, ValueError)>,
}

impl Row {
    /// Of a repeated key the last one counts.
    fn set(&mut self, index: u16, told: Result<Value, ValueError>) {
        if !self.wrong.is_empty() {
            self.wrong.retain(|(wrong, _)| *wrong != index);
        }
        let value = told.unwrap_or_else(|error| {
            self.wrong.push((index, error));
            Value::Null
        });
        if let Some(slot) = self.values.get_mut(usize::from(index)) {
            *slot = value;
        }
    }

    fn finish(self, description: &'static Description) -> Result<Record, Misfit> {
        let missing = (0_u16..)
            .zip(&self.values)
            .zip(description.fields())
            .filter(|((_, value), _)| value.is_null());
        for ((index, _), field) in missing {
            if let Some((_, error)) = self.wrong.iter().find(|(wrong, _)| *wrong == index) {
                return Err(Misfit::field(field.name(), error));
            }
            // The owner leaves out what the caller may not read.
            if !field.nullable() {
                let error = ValueError::new(format!(
                    "missing from the answer, expected {}; an owner leaves out fields that the caller may not read, \
                     for which the field's type is an `Option`",
                    field.value_type().name()
                ));
                return Err(Misfit::field(field.name(), &error));
            }
        }
        Ok(Record::new(self.values))
    }
}

/// Reads the value of a field; what does not fit is no error of the JSON.
struct ValueSeed(&'static FieldDescription);

impl ValueSeed {
    fn json(self, json: Json) -> Result<Value, ValueError> {
        let field = self.0;
        if json.is_null() && !field.nullable() {
            return Err(ValueError::new(format!(
                "expected {}, got null; a field that may be null is an `Option`",
                field.value_type().name()
            )));
        }
        let exponent = match (&json, field.value_type()) {
            (Json::String(text), ValueType::Decimal) => values::decimal::with_exponent(text),
            _ => None,
        };
        let value = match exponent {
            Some(value) => Value::Decimal(value),
            None => values::read(json, field.value_type())?,
        };
        Ok(with_places(value, field))
    }
}

/// A decimal with the declared number of places, where that loses nothing.
fn with_places(value: Value, field: &FieldDescription) -> Value {
    match (value, field.decimal()) {
        (Value::Decimal(mut value), Some(digits)) if value.scale() < digits.decimal_places => {
            value.rescale(digits.decimal_places);
            Value::Decimal(value)
        }
        (value, _) => value,
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Result<Value, ValueError>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed {
    type Value = Result<Value, ValueError>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(self.json(Json::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.json(Json::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        match self.0.value_type() {
            ValueType::Integer { min, max } if (min..=max).contains(&value) => Ok(Ok(Value::Integer(value))),
            _ => Ok(self.json(Json::from(value))),
        }
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Ok(self.json(Json::from(value))),
        }
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.json(Json::from(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        match self.0.value_type() {
            ValueType::Text => Ok(Ok(Value::Text(text.to_owned()))),
            _ => Ok(self.json(Json::String(text.to_owned()))),
        }
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(self.json(Json::String(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Json::deserialize(SeqAccessDeserializer::new(list)).map(|json| self.json(json))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Json::deserialize(MapAccessDeserializer::new(map)).map(|json| self.json(json))
    }
}

/// Recognises an object's key without copying it.
pub(super) struct OneOf<F>(pub(super) F);

impl<'de, T, F: FnOnce(&str) -> Option<T>> DeserializeSeed<'de> for OneOf<F> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for OneOf<F> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Option<T>, E> {
        Ok((self.0)(name))
    }
}
