//! JSON values as text, for storage and for comparisons in SQL.

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::compare::{Compared, sorted};

/// The use of a JSON text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextForm {
    /// For storage. Each number keeps its type, and zero loses its sign.
    Stored,
    /// For comparisons. Equal values have the same text.
    Compared,
    /// As [`Compared`](Self::Compared), with 17 digits of each double, as some languages write it.
    ComparedLong,
}

/// The text of a value, without spaces and with sorted keys.
pub(crate) fn to_text(json: &Json, form: TextForm) -> String {
    // These types always serialize.
    serde_json::to_string(&AsText(json, form)).unwrap_or_default()
}

struct AsText<'a>(&'a Json, TextForm);

impl Serialize for AsText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(json, form) = *self;
        match json {
            Json::Number(number) if number.as_f64() == Some(0.0) && form == TextForm::Stored => {
                if number.is_i64() {
                    serializer.serialize_i64(0)
                } else {
                    serializer.serialize_f64(0.0)
                }
            }
            Json::Number(number) if form != TextForm::Stored => match Compared::of(number) {
                Compared::Integer(integer) => serializer.serialize_i128(integer),
                Compared::Double(bits) if form == TextForm::ComparedLong => {
                    let digits = format!("{:.16e}", f64::from_bits(bits));
                    let number = RawValue::from_string(digits).map_err(S::Error::custom)?;
                    number.serialize(serializer)
                }
                Compared::Double(bits) => serializer.serialize_f64(f64::from_bits(bits)),
                Compared::Other(text) => serializer.serialize_str(&text),
            },
            Json::Array(members) => {
                let mut list = serializer.serialize_seq(Some(members.len()))?;
                for member in members {
                    list.serialize_element(&Self(member, form))?;
                }
                list.end()
            }
            Json::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, member) in sorted(members) {
                    map.serialize_entry(key, &Self(member, form))?;
                }
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}
