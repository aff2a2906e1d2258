//! Reads the envelope of a response: `items`, `total_count` and `metadata`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::key::KeySeed;
use super::metadata::{Metadata, MetadataSeed, RawPart};
use super::rows::{Rows, RowsSeed};
use crate::json::MemoryBudget;
use crate::manager::Description;

/// The parts of a response.
pub(super) struct Envelope<'b> {
    pub(super) items: Rows,
    pub(super) total_count: RawPart<'b>,
    pub(super) metadata: Metadata<'b>,
}

/// Reads the envelope. At most `most` rows are kept.
pub(super) struct EnvelopeSeed {
    pub(super) description: &'static Description,
    pub(super) most: usize,
    pub(super) budget: MemoryBudget,
}

impl<'de> DeserializeSeed<'de> for EnvelopeSeed {
    type Value = Envelope<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Envelope<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EnvelopeSeed {
    type Value = Envelope<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list `items`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Envelope<'de>, A::Error> {
        let mut items = None;
        let (mut total_count, mut metadata) = (RawPart::default(), Metadata::default());
        while let Some(key) = map.next_key_seed(KeySeed(|name: &str| match name {
            "items" => Some(Key::Items),
            "total_count" => Some(Key::TotalCount),
            "metadata" => Some(Key::Metadata),
            _ => None,
        }))? {
            match key {
                Some(Key::Items) => {
                    items = Some(map.next_value_seed(RowsSeed {
                        description: self.description,
                        most: self.most,
                        budget: &mut self.budget,
                    })?);
                }
                Some(Key::TotalCount) => total_count = map.next_value()?,
                Some(Key::Metadata) => metadata = map.next_value_seed(MetadataSeed)?,
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
