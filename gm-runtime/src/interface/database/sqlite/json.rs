//! JSON in one spelling.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value as Json;

/// The value as text that equal values share: keys sorted, no spaces, and no sign on zero.
pub(super) fn canonical(json: &Json) -> String {
    // Text, numbers and their lists always serialize.
    serde_json::to_string(&Canonical(json)).unwrap_or_default()
}

/// The same for JSON text in any spelling; none for what is no JSON.
pub(super) fn canonical_text(text: &[u8]) -> Option<String> {
    let json: Json = serde_json::from_slice(text).ok()?;
    Some(canonical(&json))
}

struct Canonical<'a>(&'a Json);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            // 0.0 == -0.0
            Json::Number(number) if number.is_f64() && number.as_f64() == Some(0.0) => {
                serializer.serialize_f64(0.0)
            }
            Json::Array(members) => {
                let mut list = serializer.serialize_seq(Some(members.len()))?;
                for member in members {
                    list.serialize_element(&Canonical(member))?;
                }
                list.end()
            }
            Json::Object(members) => {
                // serde_json keeps them sorted, unless a user's build enables its `preserve_order`.
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_unstable_by_key(|(key, _)| *key);
                let mut map = serializer.serialize_map(Some(sorted.len()))?;
                for (key, member) in sorted {
                    map.serialize_entry(key, &Canonical(member))?;
                }
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}
