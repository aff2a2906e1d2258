//! The equality of JSON values, as in JavaScript: `100` equals `100.0`, and the order of keys does not count.

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

/// Hashes a value. Equal values have the same hash.
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

/// The members, sorted by key. serde_json's feature `preserve_order`, which a user's build may enable, keeps another
/// order.
pub(super) fn sorted(members: &serde_json::Map<String, Json>) -> Vec<(&String, &Json)> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted
}

/// A number as it is compared, which is by its numeric value.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Compared {
    Integer(i128),
    /// The bits of a double that is no 64-bit integer.
    Double(u64),
    /// A number that neither can hold. No field accepts it.
    Other(String),
}

impl Compared {
    pub(super) fn of(number: &serde_json::Number) -> Self {
        match Number::of(number) {
            Some(Number::Integer(integer)) => Self::Integer(integer.into()),
            Some(Number::Natural(natural)) => Self::Integer(natural.into()),
            Some(Number::Double(double)) if is_integer(double) => Self::Integer(double as i128),
            Some(Number::Double(double)) => Self::Double(double.to_bits()),
            None => Self::Other(number.to_string()),
        }
    }
}

/// Whether a 64-bit integer, signed or unsigned, has the same value.
fn is_integer(double: f64) -> bool {
    double.fract() == 0.0 && (-(2.0_f64.powi(63))..2.0_f64.powi(64)).contains(&double)
}
