//! A request's body as a JSON object.

use serde_json::{Map, Value as Json};

use super::failure::Failure;

/// Reads a body: a JSON object, or nothing, which stands for `{}`. Of a repeated key the last one counts.
pub(crate) fn object(body: &[u8], max_depth: usize) -> Result<Map<String, Json>, Failure> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let json = parse(body).map_err(|error| {
        Failure::invalid(if error.is_eof() {
            "the JSON ends too early"
        } else {
            "expected a JSON object in UTF-8"
        })
    })?;
    if deeper_than(&json, max_depth) {
        return Err(Failure::invalid(format!(
            "expected JSON of at most {max_depth} levels"
        )));
    }
    match json {
        Json::Object(object) => Ok(object),
        _ => Err(Failure::invalid("expected a JSON object")),
    }
}

/// Lone surrogates, NaN and a byte order mark are errors of the parser; so is nesting past 128, which bounds the
/// recursion of [`deeper_than`].
fn parse(body: &[u8]) -> serde_json::Result<Json> {
    match serde_json::from_slice(body) {
        // The parser has no other name for it. What it does not know as such stays an error.
        Err(error) if error.to_string().starts_with("number out of range") => {
            serde_json::from_slice(&respelled(body))
        }
        Ok(json) if has_negative_zero(&json) => serde_json::from_slice(&respelled(body)),
        parsed => parsed,
    }
}

/// Whether a zero has a sign: the parser takes `-0`, an integer, for the float `-0.0`.
fn has_negative_zero(json: &Json) -> bool {
    match json {
        Json::Number(number) => number
            .as_f64()
            .is_some_and(|number| number == 0.0 && number.is_sign_negative()),
        Json::Array(members) => members.iter().any(has_negative_zero),
        Json::Object(members) => members.values().any(has_negative_zero),
        _ => false,
    }
}

/// The body with the numbers that the parser mistakes in words that it understands. A number that no double holds is
/// JSON all the same: a value that fits no field, as one with U+0000 is (R-nul). `-0` is the integer 0.
fn respelled(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    let mut in_text = false;
    while let Some((first, after)) = rest.split_first() {
        let length = match first {
            b'"' => {
                in_text = !in_text;
                1
            }
            b'\\' if in_text => 2.min(rest.len()),
            b'-' | b'0'..=b'9' if !in_text => {
                let more = after
                    .iter()
                    .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
                1 + more.unwrap_or(after.len())
            }
            _ => 1,
        };
        let (token, left) = rest.split_at(length);
        let number = std::str::from_utf8(token)
            .ok()
            .and_then(|token| token.parse().ok());
        if !in_text && number.is_some_and(f64::is_infinite) {
            out.extend_from_slice(br#"{"\u0000":0}"#);
        } else if !in_text && token == b"-0" {
            out.push(b'0');
        } else {
            out.extend_from_slice(token);
        }
        rest = left;
    }
    out
}

fn deeper_than(json: &Json, levels: usize) -> bool {
    match (json, levels.checked_sub(1)) {
        (Json::Array(_) | Json::Object(_), None) => true,
        (Json::Array(members), Some(levels)) => members.iter().any(|member| deeper_than(member, levels)),
        (Json::Object(members), Some(levels)) => members.values().any(|member| deeper_than(member, levels)),
        _ => false,
    }
}
