//! A row of an answer: JSON straight into values.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::values;
use crate::client::Misfit;
use crate::field::{Value, ValueError, ValueType};
use crate::manager::{Description, FieldDescription, Records};

/// Reads a row into `rows`, or what is wrong with the first field of which something is. Keys that are not known are
/// ignored.
pub(super) struct RowSeed<'r> {
    pub(super) description: &'static Description,
    pub(super) rows: &'r mut Records,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = Result<(), Misfit>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = Result<(), Misfit>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let description = self.description;
        // A gateway passes on what its owner may have added: its own consumers may know it.
        let passed_on = description.api().is_some();
        let mut row = Row {
            values: self.rows.add(),
            wrong: Vec::new(),
        };
        let mut next = 0;
        while let Some(index) =
            map.next_key_seed(OneOf(|name: &str| description.field_index_from(next, name)))?
        {
            let Some((index, place)) = index.and_then(|index| Some((index, row.place(index)?))) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let field = description.field(index);
            let seed = ValueSeed {
                field,
                place: &mut *place,
            };
            let mut told = map.next_value_seed(seed)?;
            if told.is_ok() && !place.is_null() && !passed_on {
                told = field.check_answered(place);
            }
            row.told(index, told);
            next = index.saturating_add(1);
        }
        Ok(row.finish(description))
    }
}

/// A row under way.
struct Row<'r> {
    /// Null where a field is not told yet.
    values: &'r mut [Value],
    /// What is wrong with fields that are told; mostly nothing.
    wrong: Vec<(u16, ValueError)>,
}

impl Row<'_> {
    fn place(&mut self, index: u16) -> Option<&mut Value> {
        self.values.get_mut(usize::from(index))
    }

    /// Of a repeated key the last one counts.
    fn told(&mut self, index: u16, told: Result<(), ValueError>) {
        if !self.wrong.is_empty() {
            self.wrong.retain(|(wrong, _)| *wrong != index);
        }
        if let Err(error) = told {
            self.wrong.push((index, error));
            if let Some(place) = self.place(index) {
                *place = Value::Null;
            }
        }
    }

    fn finish(self, description: &'static Description) -> Result<(), Misfit> {
        let missing = (0_u16..)
            .zip(self.values.iter())
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
        Ok(())
    }
}

/// Reads the value of a field into its place; what does not fit is no error of the JSON.
struct ValueSeed<'r> {
    field: &'static FieldDescription,
    place: &'r mut Value,
}

impl ValueSeed<'_> {
    fn json(self, json: Json) -> Result<(), ValueError> {
        let field = self.field;
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
        *self.place = with_places(value, field);
        Ok(())
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

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Result<(), ValueError>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Result<(), ValueError>;

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
        match self.field.value_type() {
            ValueType::Integer { min, max } if (min..=max).contains(&value) => {
                *self.place = Value::Integer(value);
                Ok(Ok(()))
            }
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
        match self.field.value_type() {
            ValueType::Text => {
                *self.place = Value::Text(text.to_owned());
                Ok(Ok(()))
            }
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
