//! Answers of success, as a consumer reads them: JSON straight into records.

mod row;

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use self::row::{KeySeed, RowSeed};
use crate::error::DecodeFailure;
use crate::field::Value;
use crate::json::{List, MemoryBudget, RawJson, View};
use crate::manager::{Description, Record, Records};

/// The answer to a query.
#[derive(Debug)]
pub(crate) struct PageResponse {
    pub(crate) rows: Records,
    /// How many rows match on all pages; a server may leave it out.
    pub(crate) total_count: Option<u64>,
    /// Which page this is, and how many rows a page has; absent where the answer is complete.
    pub(crate) page: Option<(u64, u64)>,
    /// Whether the owner says that the caller may read nothing of the resource.
    pub(crate) denied: bool,
}

/// Reads the answer to a query. Keys that are not known are ignored, at every level. Of more rows than `limit` one more
/// is kept: an owner may answer with millions of short ones, each of which takes the room of a row.
pub(crate) fn read_page(
    body: &[u8],
    description: &'static Description,
    protocol_version: &str,
    limit: u64,
) -> Result<PageResponse, DecodeFailure> {
    let most = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX);
    let envelope = read_envelope(body, description, protocol_version, most)?;
    let Metadata {
        page,
        page_size,
        denied,
        unreadable,
        ..
    } = envelope.metadata;
    let number = |number: RawPart<'_>| number.count().filter(|number| *number > 0);
    // What is left is not the answer to the query.
    if let Some(rows) = number(unreadable) {
        return Err(DecodeFailure::of_response(format!(
            "the owner has left out rows that it can't read ({rows} on this page); its log says which, and an update of \
             their fields mends them"
        )));
    }
    Ok(PageResponse {
        total_count: envelope.total_count.count(),
        page: number(page).zip(number(page_size)),
        denied: matches!(denied.view(), View::Bool(true)),
        rows: envelope.items?,
    })
}

/// Reads the answer to a detail, a create or an update: one row, or none where the caller may not read it.
pub(crate) fn read_row(
    body: &[u8],
    description: &'static Description,
    protocol_version: &str,
) -> Result<Option<Record>, DecodeFailure> {
    let envelope = read_envelope(body, description, protocol_version, 2)?;
    let rows = envelope.items?;
    match rows.len() {
        0 | 1 => Ok(rows.into_first()),
        _ => Err(DecodeFailure::of_response(
            "expected one row in `items`, got more",
        )),
    }
}

fn read_envelope<'b>(
    body: &'b [u8],
    description: &'static Description,
    protocol_version: &str,
    most: usize,
) -> Result<Envelope<'b>, DecodeFailure> {
    // Once for all of it is cheaper than for each text, which is what the parser does with bytes.
    let text = std::str::from_utf8(body).map_err(|error| {
        let valid = error.valid_up_to();
        DecodeFailure::of_response(match error.error_len() {
            // It may have been cut within a character.
            None => ENDS_TOO_EARLY.to_owned(),
            Some(_) => format!("the answer is not JSON: it is no UTF-8 behind byte {valid}"),
        })
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let budget = MemoryBudget::of_response(body.len());
    let envelope = EnvelopeSeed {
        description,
        most,
        budget,
    }
    .deserialize(&mut json)
    .and_then(|envelope| json.end().map(|()| envelope))
    .map_err(|error| DecodeFailure::of_response(words(&error)))?;
    match envelope.metadata.protocol_version.view() {
        View::Null => {}
        View::Text(version) if version == protocol_version => {}
        _ => {
            return Err(DecodeFailure::of_response(format!(
                "the answer is of another protocol version than `{protocol_version}`"
            )));
        }
    }
    Ok(envelope)
}

const ENDS_TOO_EARLY: &str = "the answer's JSON ends too early; was the whole answer sent?";

/// What is wrong with the JSON, without repeating what it holds.
fn words(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => ENDS_TOO_EARLY.to_owned(),
        Category::Data => {
            format!("expected an object with a list `items` of rows, and found something else at {place}")
        }
        Category::Syntax | Category::Io => format!("the answer is not JSON, from {place} on"),
    }
}

struct Envelope<'b> {
    items: Rows,
    total_count: RawPart<'b>,
    metadata: Metadata<'b>,
}

/// What is told under a key: its text, or null where it is not told. It may be anything, of any size.
#[derive(Clone, Copy)]
struct RawPart<'b>(&'b str);

impl Default for RawPart<'_> {
    fn default() -> Self {
        Self("null")
    }
}

impl<'b> RawPart<'b> {
    /// What is nested is looked at no further.
    fn view(self) -> View<'b> {
        RawJson::parse(self.0, 1).map_or(View::List(List::default()), RawJson::view)
    }

    fn count(self) -> Option<u64> {
        match self.view() {
            View::Number(number) => u64::try_from(number?.as_i64()?).ok(),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for RawPart<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|told| Self(told.get()))
    }
}

struct EnvelopeSeed {
    description: &'static Description,
    most: usize,
    budget: MemoryBudget,
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

/// The rows, or what is wrong with the first one that does not fit.
type Rows = Result<Records, DecodeFailure>;

struct RowsSeed<'r> {
    description: &'static Description,
    /// How many rows are kept.
    most: usize,
    /// How much memory the rows may take.
    budget: &'r mut MemoryBudget,
}

impl<'de> DeserializeSeed<'de> for RowsSeed<'_> {
    type Value = Rows;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rows, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_> {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    /// A row is judged before the next one is read: an owner may answer with millions of `{}`, each of which would
    /// take the room of a row. Behind one that does not fit nothing is kept, and only the JSON is looked at: what is
    /// wrong with the answer as a whole says more than what is wrong with a row.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows, A::Error> {
        let mut rows = Records::new(self.description);
        let memory_of_a_row = self.description.fields().len().saturating_mul(FIELD);
        while rows.len() < self.most {
            let row = RowSeed {
                description: self.description,
                rows: &mut rows,
                budget: &mut *self.budget,
            };
            let failure = match list.next_element_seed(row)? {
                None => return Ok(Ok(rows)),
                Some(Ok(())) if self.budget.try_take(memory_of_a_row) => continue,
                Some(Ok(())) => too_much_memory(rows.len()),
                Some(Err(failure)) => failure,
            };
            drop(rows);
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Err(failure));
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Ok(rows))
    }
}

/// What a field of a row takes besides what is behind it, whether the owner told it or not: a value in a list that grows to
/// twice of what it needs, and a field of the struct.
const FIELD: usize = 3 * size_of::<Value>();

fn too_much_memory(rows: usize) -> DecodeFailure {
    DecodeFailure::of_response(format!(
        "the answer leaves out most fields of its rows, so that its first {rows} take more than 32 times its bytes in memory; \
         ask for fewer at once with `page_size`, or for a struct of fewer fields"
    ))
}

/// What a consumer looks at of the metadata; null where it is not told.
#[derive(Default)]
struct Metadata<'b> {
    protocol_version: RawPart<'b>,
    page: RawPart<'b>,
    page_size: RawPart<'b>,
    denied: RawPart<'b>,
    unreadable: RawPart<'b>,
}

struct MetadataSeed;

impl<'de> DeserializeSeed<'de> for MetadataSeed {
    type Value = Metadata<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Metadata<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Metadata that are no object tell nothing.
impl<'de> Visitor<'de> for MetadataSeed {
    type Value = Metadata<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata<'de>, A::Error> {
        let mut metadata = Metadata::default();
        while let Some(told) = map.next_key_seed(KeySeed(|name: &str| match name {
            "protocol_version" => Some(0),
            "page" => Some(1),
            "page_size" => Some(2),
            "denied" => Some(3),
            "unreadable" => Some(4),
            _ => None,
        }))? {
            match told {
                Some(0) => metadata.protocol_version = map.next_value()?,
                Some(1) => metadata.page = map.next_value()?,
                Some(2) => metadata.page_size = map.next_value()?,
                Some(3) => metadata.denied = map.next_value()?,
                Some(_) => metadata.unreadable = map.next_value()?,
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
