//! Reads a row, from JSON directly into values.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::key::KeySeed;
use super::value::ValueSeed;
use crate::error::{DecodeFailure, IdText};
use crate::field::{Value, ValueError};
use crate::json::MemoryBudget;
use crate::manager::{Description, Records};

/// Boxed, since every row's result is moved through the parser.
pub(super) type RowResult = Result<(), Box<DecodeFailure>>;

/// Reads a row into `rows`, or gives the error of its first wrong field. Unknown keys are ignored.
pub(super) struct RowSeed<'r> {
    pub(super) description: &'static Description,
    pub(super) rows: &'r mut Records,
    /// The memory that the values of JSON fields may take.
    pub(super) budget: &'r mut MemoryBudget,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = RowResult;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = RowResult;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let description = self.description;
        // A gateway also forwards values that its own struct refuses, since its consumers may know them.
        let is_gateway = description.api().is_some();
        let mut row = Row {
            values: self.rows.add(),
            present: (is_gateway || description.permissions().depend_on_row()).then(Present::default),
            absent: Vec::new(),
            wrong: Vec::new(),
        };
        let mut next = 0;
        while let Some(index) =
            map.next_key_seed(KeySeed(|name: &str| description.field_index_from(next, name)))?
        {
            let Some((index, slot)) = index.and_then(|index| Some((index, row.slot(index)?))) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let field = description.field(index);
            let seed = ValueSeed {
                field,
                slot: &mut *slot,
                budget: &mut *self.budget,
            };
            let mut result = map.next_value_seed(seed)?;
            if result.is_ok() && !slot.is_null() && !is_gateway {
                result = field.check_response(slot);
            }
            row.set_result(index, result);
            next = index.saturating_add(1);
        }
        let notes_absent = row.present.is_some();
        Ok(row.finish(description).map(|absent| {
            if notes_absent {
                self.rows.set_unknown_of_last(&absent);
            }
        }))
    }
}

/// A row that is being read.
struct Row<'r> {
    /// The values. A field that was not read yet is null.
    values: &'r mut [Value],
    /// The fields that were read. `None` for a consumer, for which a missing field is null.
    present: Option<Present>,
    /// The fields that are missing, and may be.
    absent: Vec<u16>,
    /// The fields with wrong values. Mostly empty.
    wrong: Vec<(u16, ValueError)>,
}

impl Row<'_> {
    fn slot(&mut self, index: u16) -> Option<&mut Value> {
        self.values.get_mut(usize::from(index))
    }

    /// Of a repeated key the last one counts.
    fn set_result(&mut self, index: u16, result: Result<(), ValueError>) {
        if !self.wrong.is_empty() {
            self.wrong.retain(|(wrong, _)| *wrong != index);
        }
        if let Some(present) = &mut self.present {
            present.add(index);
        }
        if let Err(error) = result {
            self.wrong.push((index, error));
            if let Some(slot) = self.slot(index) {
                *slot = Value::Null;
            }
        }
    }

    /// The absent fields.
    fn finish(mut self, description: &'static Description) -> Result<Vec<u16>, Box<DecodeFailure>> {
        let missing = (0_u16..)
            .zip(self.values.iter())
            .zip(description.fields())
            .filter(|((_, value), _)| value.is_null());
        for ((index, _), field) in missing {
            let wrong = self.wrong.iter().find(|(wrong, _)| *wrong == index);
            let error = match wrong {
                Some((_, error)) => error,
                None if field.nullable() => {
                    if self
                        .present
                        .as_ref()
                        .is_some_and(|present| !present.contains(index))
                    {
                        self.absent.push(index);
                    }
                    continue;
                }
                None => &ValueError::new(format!(
                    "missing from the response, expected {}; compare its name with the owner's struct. An owner leaves out fields \
                     that the caller may not read, so such a field must be an `Option`",
                    field.value_type().name()
                )),
            };
            let id = self.values.get(usize::from(description.id_index()));
            let id = id.filter(|id| !id.is_null()).map(IdText::of);
            return Err(Box::new(DecodeFailure::of_field(field.name(), id, error)));
        }
        Ok(self.absent)
    }
}

/// The fields that a row has. Those of usual structs need no allocation.
#[derive(Default)]
struct Present {
    first: u64,
    further: Vec<u16>,
}

impl Present {
    fn bit(field: u16) -> Option<u64> {
        1_u64.checked_shl(field.into())
    }

    fn add(&mut self, field: u16) {
        match Self::bit(field) {
            Some(bit) => self.first |= bit,
            None => self.further.push(field),
        }
    }

    fn contains(&self, field: u16) -> bool {
        match Self::bit(field) {
            Some(bit) => self.first & bit != 0,
            None => self.further.contains(&field),
        }
    }
}
