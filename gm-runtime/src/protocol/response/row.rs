//! A row of an answer: JSON straight into values.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::DecodeFailure;
use crate::field::{Value, ValueError, ValueType};
use crate::json::{MemoryBudget, Number, RawJson, View};
use crate::manager::{Description, FieldDescription, Records};
use crate::protocol::values;

/// Reads a row into `rows`, or what is wrong with the first field of which something is. Keys that are not known are
/// ignored.
pub(super) struct RowSeed<'r> {
    pub(super) description: &'static Description,
    pub(super) rows: &'r mut Records,
    /// How much memory the values of JSON fields may take.
    pub(super) budget: &'r mut MemoryBudget,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = Result<(), DecodeFailure>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = Result<(), DecodeFailure>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let description = self.description;
        // A gateway passes on what its owner may have added: its own consumers may know it.
        let is_gateway = description.api().is_some();
        let mut row = Row {
            values: self.rows.add(),
            wrong: Vec::new(),
        };
        let mut next = 0;
        while let Some(index) =
            map.next_key_seed(KeySeed(|name: &str| description.field_index_from(next, name)))?
        {
            let Some((index, place)) = index.and_then(|index| Some((index, row.place(index)?))) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let field = description.field(index);
            let seed = ValueSeed {
                field,
                place: &mut *place,
                budget: &mut *self.budget,
            };
            let mut result = map.next_value_seed(seed)?;
            if result.is_ok() && !place.is_null() && !is_gateway {
                result = field.check_answered(place);
            }
            row.set_result(index, result);
            next = index.saturating_add(1);
        }
        Ok(row.finish(description))
    }
}

/// A row under way.
struct Row<'r> {
    /// Null where a field is not told yet.
    values: &'r mut [Value],
    /// What is wrong with fields that are result; mostly nothing.
    wrong: Vec<(u16, ValueError)>,
}

impl Row<'_> {
    fn place(&mut self, index: u16) -> Option<&mut Value> {
        self.values.get_mut(usize::from(index))
    }

    /// Of a repeated key the last one counts.
    fn set_result(&mut self, index: u16, told: Result<(), ValueError>) {
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

    fn finish(self, description: &'static Description) -> Result<(), DecodeFailure> {
        let missing = (0_u16..)
            .zip(self.values.iter())
            .zip(description.fields())
            .filter(|((_, value), _)| value.is_null());
        for ((index, _), field) in missing {
            if let Some((_, error)) = self.wrong.iter().find(|(wrong, _)| *wrong == index) {
                return Err(DecodeFailure::of_field(field.name(), error));
            }
            // The owner leaves out what the caller may not read.
            if !field.nullable() {
                let error = ValueError::new(format!(
                    "missing from the answer, expected {}; an owner leaves out fields that the caller may not read, \
                     for which the field's type is an `Option`",
                    field.value_type().name()
                ));
                return Err(DecodeFailure::of_field(field.name(), &error));
            }
        }
        Ok(())
    }
}

/// Reads the value of a field into its place; what does not fit is no error of the JSON.
struct ValueSeed<'r> {
    field: &'static FieldDescription,
    place: &'r mut Value,
    budget: &'r mut MemoryBudget,
}

/// The key under which serde_json gives a number where a user's build turns its `arbitrary_precision` on.
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
                    "expected {}, got null; a field that may be null is an `Option`",
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
        *self.place = with_places(value, field);
        Ok(())
    }

    /// A value of a JSON field, whose numbers serde_json would round.
    fn json(self, text: &str) -> Result<(), ValueError> {
        let json = RawJson::parse(text, usize::MAX).map_err(|_| self.expected())?;
        if json.is_null() {
            return self.view(View::Null);
        }
        *self.place = values::read(json, ValueType::Json, self.budget)?;
        Ok(())
    }
}

/// What found, for the words of an error: a number itself, of anything else its type, which costs no copy.
enum Found {
    Number(Number),
    Type(&'static str),
}

impl Found {
    fn of(view: &View<'_>, expected: ValueType) -> Self {
        Self::Type(match view {
            View::Number(Some(number)) => return Self::Number(*number),
            View::Number(None) => "a number that no double holds",
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

/// What is wrong with a value that is none of the field's type.
fn wrong_type(error: &ValueError, found: &Found) -> ValueError {
    ValueError::new(format!(
        "{}, got {found}; the owner declares the field otherwise than this struct",
        error.message()
    ))
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
                *self.place = Value::Integer(value);
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
                *self.place = Value::Text(text.to_owned());
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

/// Recognises an object's key without copying it.
pub(super) struct KeySeed<F>(pub(super) F);

impl<'de, T, F: FnOnce(&str) -> Option<T>> DeserializeSeed<'de> for KeySeed<F> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for KeySeed<F> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Option<T>, E> {
        Ok((self.0)(name))
    }
}
