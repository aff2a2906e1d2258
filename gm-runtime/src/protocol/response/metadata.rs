//! Reads the metadata of a response.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::key::KeySeed;
use crate::json::{List, RawJson, View};

/// The text of a value of any type and size. An absent value is null.
#[derive(Clone, Copy)]
pub(super) struct RawPart<'b>(&'b str);

impl Default for RawPart<'_> {
    fn default() -> Self {
        Self("null")
    }
}

impl<'b> RawPart<'b> {
    /// The value. The members of a list or an object are not parsed.
    pub(super) fn view(self) -> View<'b> {
        RawJson::parse(self.0, 1).map_or(View::List(List::default()), RawJson::view)
    }

    /// The value with its members, which have at most one level themselves. Anything deeper is null.
    pub(super) fn nested_view(self) -> View<'b> {
        RawJson::parse(self.0, 2).map_or(View::Null, RawJson::view)
    }

    /// The value, if it is a natural number.
    pub(super) fn count(self) -> Option<u64> {
        match self.view() {
            View::Number(number) => u64::try_from(number?.as_i64()?).ok(),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for RawPart<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|text| Self(text.get()))
    }
}

/// The metadata that a consumer uses. Absent ones are null.
#[derive(Default)]
pub(super) struct Metadata<'b> {
    pub(super) protocol_version: RawPart<'b>,
    pub(super) page: RawPart<'b>,
    pub(super) page_size: RawPart<'b>,
    pub(super) denied: RawPart<'b>,
    pub(super) unreadable: RawPart<'b>,
    /// Unlike the others, an absent one is not null.
    pub(super) next_cursor: Option<RawPart<'b>>,
    pub(super) counts: Option<RawPart<'b>>,
}

/// Reads the metadata. Anything but an object is ignored.
pub(super) struct MetadataSeed;

impl<'de> DeserializeSeed<'de> for MetadataSeed {
    type Value = Metadata<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Metadata<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MetadataSeed {
    type Value = Metadata<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata<'de>, A::Error> {
        let mut metadata = Metadata::default();
        while let Some(key) = map.next_key_seed(KeySeed(|name: &str| match name {
            "protocol_version" => Some(0),
            "page" => Some(1),
            "page_size" => Some(2),
            "denied" => Some(3),
            "unreadable" => Some(4),
            "next_cursor" => Some(5),
            "counts" => Some(6),
            _ => None,
        }))? {
            match key {
                Some(0) => metadata.protocol_version = map.next_value()?,
                Some(1) => metadata.page = map.next_value()?,
                Some(2) => metadata.page_size = map.next_value()?,
                Some(3) => metadata.denied = map.next_value()?,
                Some(4) => metadata.unreadable = map.next_value()?,
                Some(5) => metadata.next_cursor = Some(map.next_value()?),
                Some(_) => metadata.counts = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(metadata)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Metadata<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Metadata::default())
    }

    fn visit_unit<E>(self) -> Result<Metadata<'de>, E> {
        Ok(Metadata::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Metadata<'de>, E> {
        Ok(Metadata::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Metadata<'de>, E> {
        Ok(Metadata::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Metadata<'de>, E> {
        Ok(Metadata::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Metadata<'de>, E> {
        Ok(Metadata::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Metadata<'de>, E> {
        Ok(Metadata::default())
    }
}
