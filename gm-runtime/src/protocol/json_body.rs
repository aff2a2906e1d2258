//! The body of a request as a JSON object.

use super::failure::Failure;
use crate::json::{Malformed, Members, RawJson, View};

/// Checks a body, which is a JSON object. An empty body stands for `{}`. Nothing is copied.
pub(crate) fn object(body: &[u8], max_depth: usize) -> Result<Members<'_>, Failure> {
    if body.is_empty() {
        return Ok(Members::default());
    }
    let invalid = |error| {
        Err(match error {
            Malformed::EndsTooEarly => Failure::invalid("the JSON ends too early"),
            Malformed::Syntax => Failure::invalid("expected a JSON object, got a syntax error"),
            Malformed::TooDeep => Failure::invalid(format!("expected JSON of at most {max_depth} levels")),
        })
    };
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        // The body ends within a character.
        Err(error) if error.error_len().is_none() => return invalid(Malformed::EndsTooEarly),
        Err(error) => {
            return Err(Failure::invalid(format!(
                "expected JSON in UTF-8, got another encoding: the byte at offset {} begins no character",
                error.valid_up_to()
            )));
        }
    };
    match RawJson::parse(text, max_depth).map(RawJson::view) {
        Ok(View::Object(members)) => Ok(members),
        Ok(_) => Err(Failure::invalid("expected a JSON object")),
        Err(error) => invalid(error),
    }
}
