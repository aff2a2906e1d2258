//! Answers of success, as a consumer reads them: JSON straight into records.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::values;
use crate::client::Misfit;
use crate::field::{Value, ValueError, ValueType};
use crate::manager::{Description, FieldDescription, Record};

/// The answer to a query.
#[derive(Debug)]
pub(crate) struct PageReply {
    pub(crate) rows: Vec<Record>,
    /// How many rows match on all pages; a server may leave it out.
    pub(crate) total_count: Option<u64>,
    /// Which page this is, and how many rows a page has; absent where the answer is complete.
    pub(crate) page: Option<(u64, u64)>,
}

/// Reads the answer to a query. Keys that are not known are ignored, at every level.
pub(crate) fn read_page(
    body: &[u8],
    description: &'static Description,
    protocol_version: &str,
) -> Result<PageReply, Misfit> {
    let envelope = read_envelope(body, description, protocol_version)?;
    let metadata = |name: &str| {
        envelope
            .metadata
            .get(name)
            .and_then(Json::as_u64)
            .filter(|number| *number > 0)
    };
    let page = metadata("page").zip(metadata("page_size"));
    Ok(PageReply {
        total_count: envelope.total_count.as_u64(),
        page,
        rows: envelope.items?,
    })
}

/// Reads the answer to a detail, a create or an update: one row, or none where the caller may not read it.
pub(crate) fn read_row(
    body: &[u8],
    description: &'static Description,
    protocol_version: &str,
) -> Result<Option<Record>, Misfit> {
    let envelope = read_envelope(body, description, protocol_version)?;
    let mut rows = envelope.items?;
    match rows.len() {
        0 | 1 => Ok(rows.pop()),
        more => Err(Misfit::answer(format!("expected one row in `items`, got {more}"))),
    }
}

fn read_envelope(
    body: &[u8],
    description: &'static Description,
    protocol_version: &str,
) -> Result<Envelope, Misfit> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let envelope = EnvelopeSeed { description }
        .deserialize(&mut json)
        .and_then(|envelope| json.end().map(|()| envelope))
        .map_err(|error| Misfit::answer(words(&error)))?;
    match envelope.metadata.get("protocol_version") {
        None | Some(Json::Null) => {}
        Some(Json::String(version)) if version == protocol_version => {}
        Some(_) => {
            return Err(Misfit::answer(format!(
                "the answer is of another protocol version than `{protocol_version}`"
            )));
        }
    }
    Ok(envelope)
}

/// What is wrong with the JSON, without repeating what it holds.
fn words(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => "the answer's JSON ends too early; was the whole answer sent?".to_owned(),
        Category::Data => {
            format!("expected an object with a list `items` of rows, and found something else at {place}")
        }
        Category::Syntax | Category::Io => format!("the answer is not JSON, from {place} on"),
    }
}

fn record(row: Slots, description: &'static Description) -> Result<Record, Misfit> {
    let values = row
        .0
        .into_iter()
        .zip(description.fields())
        .map(|(json, field)| value(json, field).map_err(|error| Misfit::field(field.name(), &error)));
    values.collect::<Result<_, _>>().map(Record::new)
}

fn value(json: Option<Json>, field: &FieldDescription) -> Result<Value, ValueError> {
    let expected = field.value_type().name();
    match json {
        // The owner leaves out what the caller may not read.
        None if field.nullable() => Ok(Value::Null),
        None => Err(ValueError::new(format!(
            "missing from the answer, expected {expected}; an owner leaves out fields that the caller may not read, \
             for which the field's type is an `Option`"
        ))),
        Some(Json::Null) if !field.nullable() => Err(ValueError::new(format!(
            "expected {expected}, got null; a field that may be null is an `Option`"
        ))),
        Some(json) => {
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

/// The fields of one row, in the description's order; absent where the row has none.
struct Slots(Vec<Option<Json>>);

/// The rows, or what is wrong with the first one that does not fit.
type Rows = Result<Vec<Record>, Misfit>;

struct Envelope {
    items: Rows,
    total_count: Json,
    metadata: Json,
}

struct EnvelopeSeed {
    description: &'static Description,
}

impl<'de> DeserializeSeed<'de> for EnvelopeSeed {
    type Value = Envelope;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Envelope, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EnvelopeSeed {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list `items`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let mut items = None;
        let (mut total_count, mut metadata) = (Json::Null, Json::Null);
        while let Some(key) = map.next_key_seed(OneOf(|name: &str| match name {
            "items" => Some(Key::Items),
            "total_count" => Some(Key::TotalCount),
            "metadata" => Some(Key::Metadata),
            _ => None,
        }))? {
            match key {
                Some(Key::Items) => {
                    items = Some(map.next_value_seed(RowsSeed {
                        description: self.description,
                    })?);
                }
                Some(Key::TotalCount) => total_count = map.next_value()?,
                Some(Key::Metadata) => metadata = map.next_value()?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Envelope {
            items: items.ok_or_else(|| serde::de::Error::missing_field("items"))?,
            total_count,
            metadata,
        })
    }
}

enum Key {
    Items,
    TotalCount,
    Metadata,
}

/// Recognises an object's key without copying it.
struct OneOf<F>(F);

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

struct RowsSeed {
    description: &'static Description,
}

impl<'de> DeserializeSeed<'de> for RowsSeed {
    type Value = Rows;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rows, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    /// A row is judged before the next one is read: an owner may answer with millions of `{}`, each of which would
    /// take the room of a row. Behind one that does not fit nothing is kept, and only the JSON is looked at: what is
    /// wrong with the answer as a whole says more than what is wrong with a row.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows, A::Error> {
        let description = self.description;
        let mut rows = Vec::new();
        while let Some(slots) = list.next_element_seed(RowSeed { description })? {
            match record(slots, description) {
                Ok(row) => rows.push(row),
                Err(misfit) => {
                    drop(rows);
                    while list.next_element::<IgnoredAny>()?.is_some() {}
                    return Ok(Err(misfit));
                }
            }
        }
        Ok(Ok(rows))
    }
}

struct RowSeed {
    description: &'static Description,
}

impl<'de> DeserializeSeed<'de> for RowSeed {
    type Value = Slots;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Slots, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed {
    type Value = Slots;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Slots, A::Error> {
        let mut slots = vec![None; self.description.fields().len()];
        while let Some(field) = map.next_key_seed(OneOf(|name: &str| self.description.field_index(name)))? {
            match field.and_then(|field| slots.get_mut(usize::from(field))) {
                // Of a repeated key the last one counts.
                Some(slot) => *slot = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Slots(slots))
    }
}
