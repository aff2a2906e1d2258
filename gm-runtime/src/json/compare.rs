//! When JSON values are equal: as JavaScript has it, `100` and `100.0` are one number, and the order of keys is nothing.

use std::hash::{Hash, Hasher};

use serde_json::Value as Json;

use super::number::Number;

/// Whether the values are equal.
pub(crate) fn equal(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => Compared::of(left) == Compared::of(right),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        (left, right) => left == right,
    }
}

/// Hashes equal values alike.
pub(crate) fn hash(json: &Json, state: &mut impl Hasher) {
    std::mem::discriminant(json).hash(state);
    match json {
        Json::Null => {}
        Json::Bool(value) => value.hash(state),
        Json::Number(number) => Compared::of(number).hash(state),
        Json::String(text) => text.hash(state),
        Json::Array(members) => {
            members.len().hash(state);
            members.iter().for_each(|member| hash(member, state));
        }
        Json::Object(members) => {
            members.len().hash(state);
            for (key, member) in sorted(members) {
                key.hash(state);
                hash(member, state);
            }
        }
    }
}

/// The members in the order of their keys, which serde_json has unless a user's build turns `preserve_order` on.
fn sorted(members: &serde_json::Map<String, Json>) -> Vec<(&String, &Json)> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted
}

/// A number as it is compared: by what it is worth.
#[derive(PartialEq, Eq, Hash)]
enum Compared {
    Integer(i128),
    /// The bits of a double that is no integer of 64 bits.
    Double(u64),
    /// What neither holds; no field takes it.
    Other(String),
}

impl Compared {
    fn of(number: &serde_json::Number) -> Self {
        match Number::of(number) {
            Some(Number::Integer(integer)) => Self::Integer(integer.into()),
            Some(Number::Natural(natural)) => Self::Integer(natural.into()),
            Some(Number::Double(double)) if is_integer(double) => Self::Integer(double as i128),
            Some(Number::Double(double)) => Self::Double(double.to_bits()),
            None => Self::Other(number.to_string()),
        }
    }
}

/// Whether an integer of 64 bits, with a sign or without, is worth as much.
fn is_integer(double: f64) -> bool {
    double.fract() == 0.0 && (-(2.0_f64.powi(63))..2.0_f64.powi(64)).contains(&double)
}

pub(crate) use form::{TextForm, to_text};

mod form {
    use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
    use serde_json::Value as Json;

    use super::{Compared, sorted};

    /// For what JSON text is.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(crate) enum TextForm {
        /// To be stored: each number as it was given, but for the sign of zero.
        Stored,
        /// To be compared: equal values have the same text.
        Compared,
    }

    /// The value as text without spaces, its keys sorted.
    pub(crate) fn to_text(json: &Json, form: TextForm) -> String {
        // Text, numbers and their lists always serialize.
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
                Json::Number(number) if form == TextForm::Compared => match Compared::of(number) {
                    Compared::Integer(integer) => serializer.serialize_i128(integer),
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
}
