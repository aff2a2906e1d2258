//! Equality of JSON, as `crate::json::equal` has it, by the equality of `jsonb`.
//!
//! `jsonb` compares numbers by their decimal digits, so that `100` equals `100.0`. A double has two texts that are read as it:
//! its shortest digits, which this crate and most languages write, and 17 digits, which some write. So a value with such doubles
//! is compared with each combination of the spellings. This process compares a value with many of them.

use serde_json::Value as Json;
use tokio_postgres::types::Type;

use super::encode::{Encoded, jsonb};
use super::parameter::Parameter;
use crate::field::Value;
use crate::json::{TextForm, count_spelled_twice, to_text};
use crate::query::Operand;

/// The most doubles with two spellings in a value that the server compares: 16 combinations.
const MAX_DOUBLES: u32 = 4;
/// The longest text of such a value with several doubles.
const MAX_TEXT: usize = 16 * 1024;
/// The most combinations for all members of a list.
const MAX_COMBINATIONS: u32 = 256;

/// Whether another spelling of the value may be stored.
pub(super) fn has_other_spelling(json: &Json) -> bool {
    count_spelled_twice(json) > 0
}

/// Whether the values have more spellings than the server should compare.
pub(super) fn has_many_spellings(operand: &Operand) -> bool {
    let values = match operand {
        Operand::Value(value) => std::slice::from_ref(value),
        Operand::List(values) => values,
        Operand::Flag(_) | Operand::Number(_) | Operand::Related(_) => return false,
    };
    let mut combinations = 0_u32;
    for value in values {
        let Value::Json(json) = value else { continue };
        let doubles = count_spelled_twice(json);
        if doubles > MAX_DOUBLES || (doubles > 1 && to_text(json, TextForm::Compared).len() > MAX_TEXT) {
            return true;
        }
        if doubles > 1 {
            combinations = combinations.saturating_add(1 << doubles);
        }
    }
    combinations > MAX_COMBINATIONS
}

/// All spellings of these values, as an array of `jsonb`.
pub(super) fn spellings(values: &[&Value]) -> Parameter {
    let mut spellings: Vec<Encoded> = Vec::with_capacity(values.len());
    for value in values {
        let Value::Json(json) = value else { continue };
        let combinations = 1_u32 << count_spelled_twice(json).min(MAX_DOUBLES);
        spellings.extend((0..combinations).map(|long| jsonb(&to_text(json, TextForm::Spelled { long }))));
    }
    Parameter::array(Type::JSONB, &spellings)
}
