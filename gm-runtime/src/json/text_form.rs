//! JSON values as text, for storage and for comparisons in SQL.

use std::cell::Cell;

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
    /// As [`Compared`](Self::Compared), with 17 digits of some doubles, as some languages write them. Each bit, from the lowest on, is
    /// for one double that [has two spellings](count_spelled_twice), in the order of the text.
    Spelled { long: u32 },
}

/// The text of a value, without spaces and with sorted keys.
pub(crate) fn to_text(json: &Json, form: TextForm) -> String {
    // These types always serialize.
    let doubles = Cell::new(0);
    serde_json::to_string(&AsText(json, form, &doubles)).unwrap_or_default()
}

/// The number of doubles in a value whose 17 digits are another decimal than their shortest digits.
pub(crate) fn count_spelled_twice(json: &Json) -> u32 {
    let count = |members: &mut dyn Iterator<Item = &Json>| {
        members.fold(0_u32, |count, member| {
            count.saturating_add(count_spelled_twice(member))
        })
    };
    match json {
        Json::Number(number) => match Compared::of(number) {
            Compared::Double(bits) => long_digits(f64::from_bits(bits)).is_some().into(),
            _ => 0,
        },
        Json::Array(members) => count(&mut members.iter()),
        Json::Object(members) => count(&mut members.values()),
        Json::Null | Json::Bool(_) | Json::String(_) => 0,
    }
}

/// The 17 digits of a double, if they are another decimal than its shortest digits.
fn long_digits(double: f64) -> Option<String> {
    let long = format!("{double:.16e}");
    let (digits, exponent) = long.split_once('e')?;
    let shortest = digits.trim_end_matches('0').trim_end_matches('.');
    let is_same = format!("{double:e}") == [shortest, "e", exponent].concat();
    (!is_same).then_some(long)
}

/// The last part counts the doubles with two spellings that are written.
struct AsText<'a>(&'a Json, TextForm, &'a Cell<u32>);

impl AsText<'_> {
    /// The 17 digits of a double, if the text has these.
    fn long_digits(&self, double: f64) -> Option<String> {
        let Self(_, TextForm::Spelled { long }, written) = self else {
            return None;
        };
        let digits = long_digits(double)?;
        let place = written.replace(written.get().saturating_add(1));
        let is_long = long.checked_shr(place).is_some_and(|bits| bits & 1 == 1);
        is_long.then_some(digits)
    }
}

impl Serialize for AsText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(json, form, doubles) = *self;
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
                Compared::Double(bits) => match self.long_digits(f64::from_bits(bits)) {
                    Some(digits) => {
                        let number = RawValue::from_string(digits).map_err(S::Error::custom)?;
                        number.serialize(serializer)
                    }
                    None => serializer.serialize_f64(f64::from_bits(bits)),
                },
                Compared::Other(text) => serializer.serialize_str(&text),
            },
            Json::Array(members) => {
                let mut list = serializer.serialize_seq(Some(members.len()))?;
                for member in members {
                    list.serialize_element(&Self(member, form, doubles))?;
                }
                list.end()
            }
            Json::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, member) in sorted(members) {
                    map.serialize_entry(key, &Self(member, form, doubles))?;
                }
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn doubles_have_two_spellings_where_17_digits_are_another_decimal() {
        for (double, long) in [
            (0.5, None),
            (-2.25, None),
            (1e300, Some("1.0000000000000001e300")),
            (5e-324, Some("4.9406564584124654e-324")),
            (0.1, Some("1.0000000000000001e-1")),
            (-1.1e22, None),
            (0.3, Some("2.9999999999999999e-1")),
        ] {
            assert_eq!(long_digits(double).as_deref(), long, "{double}");
        }
    }

    #[test]
    fn each_double_is_spelled_by_its_bit() {
        let value = json!({"b": [0.1, 7, 0.5], "a": {"c": 0.3, "d": "0.1"}});
        assert_eq!(count_spelled_twice(&value), 2);
        let text = |long| to_text(&value, TextForm::Spelled { long });
        let (short, long) = (["0.3", "0.1"], ["2.9999999999999999e-1", "1.0000000000000001e-1"]);
        for (bits, c, b) in [
            (0, short[0], short[1]),
            (1, long[0], short[1]),
            (2, short[0], long[1]),
            (3, long[0], long[1]),
        ] {
            assert_eq!(
                text(bits),
                format!(r#"{{"a":{{"c":{c},"d":"0.1"}},"b":[{b},7,0.5]}}"#)
            );
        }
    }
}
