//! Equality of JSON, as `crate::json::equal` has it, by the equality of `jsonb`.
//!
//! `jsonb` compares numbers by their decimal digits, so that `100` equals `100.0`. A double has two texts that are read as it:
//! its shortest digits, which this crate and most languages write, and 17 digits, which some write. So a value with such doubles
//! is compared with both spellings. A value of which one part has the first spelling, and another part the second, is not found.

use serde_json::Value as Json;
use tokio_postgres::types::Type;

use super::encode::{Encoded, jsonb};
use super::parameter::Parameter;
use crate::field::Value;
use crate::json::{TextForm, to_text};

/// Whether another spelling of the value may be stored.
pub(super) fn has_other_spelling(json: &Json) -> bool {
    match json {
        Json::Number(number) => number.as_i64().is_none() && number.as_u64().is_none(),
        Json::Array(members) => members.iter().any(has_other_spelling),
        Json::Object(members) => members.values().any(has_other_spelling),
        Json::Null | Json::Bool(_) | Json::String(_) => false,
    }
}

/// All spellings of these values, as an array of `jsonb`.
pub(super) fn spellings(values: &[&Value]) -> Parameter {
    let mut spellings: Vec<Encoded> = Vec::with_capacity(values.len());
    for value in values {
        let Value::Json(json) = value else { continue };
        spellings.push(jsonb(&to_text(json, TextForm::Compared)));
        if has_other_spelling(json) {
            spellings.push(jsonb(&to_text(json, TextForm::ComparedLong)));
        }
    }
    Parameter::array(Type::JSONB, &spellings)
}
