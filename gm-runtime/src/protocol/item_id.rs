//! The id in a URL.

use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::failure::Failure;
use crate::field::{Value, ValueType};
use crate::manager::{Description, Purpose};

/// Whether a URL can carry this text id, decoded, to the row that it names; the error says why not.
///
/// A proxy may normalise a path: it decodes the percent-encoding, removes dot segments (RFC 3986, 5.2.4 and 6.2.2),
/// merges repeated slashes, and encodes the result again. nginx does, and the WHATWG's URLs take `\` for `/`. Of
/// `things/x%2F..%2Fy` that leaves `things/y`: another row. No encoding protects such an id, so it is refused at both
/// ends. An id with a `/` elsewhere is left alone: decoded it is a path of more segments, which names no row.
pub(crate) fn check_text(id: &str) -> Result<(), &'static str> {
    if id.is_empty() {
        return Err("an empty id can't be addressed over the wire");
    }
    if id == "query" {
        return Err("the id `query` can't be addressed over the wire: it is the path of queries");
    }
    if id.starts_with(SEPARATORS) {
        return Err(
            "an id that begins with a slash can't be addressed in a URL: proxies merge repeated slashes",
        );
    }
    if id.split(SEPARATORS).any(|segment| matches!(segment, "." | "..")) {
        return Err(
            "an id with `.` or `..` for a segment can't be addressed in a URL: proxies remove them (RFC 3986, 5.2.4)",
        );
    }
    Ok(())
}

/// The length of this text id in a URL, percent-encoded (RFC 3986, 2.3).
#[cfg(feature = "server")]
pub(crate) fn encoded_len(id: &str) -> usize {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let lengths = id.bytes().map(|byte| if is_unreserved(byte) { 1 } else { 3 });
    lengths.fold(0, usize::saturating_add)
}

/// What separates the segments of a path.
const SEPARATORS: [char; 2] = ['/', '\\'];

/// Reads an item's id from its segment of the URL, which is decoded here, once. `None` is an id of the right form
/// that no row can have.
pub(crate) fn read(segment: &str, description: &'static Description) -> Result<Option<Value>, Failure> {
    let field = description.id_field();
    let invalid = |message: String| Failure::invalid_field(field.name(), message);
    let text = percent_decode_str(segment)
        .decode_utf8()
        .map_err(|_| invalid("expected an id in UTF-8".to_owned()))?;
    let expected = || invalid(format!("expected {}", field.value_type().name()));
    let id = match field.value_type() {
        ValueType::Integer { min, max } => {
            // R-id-syntax: an optional minus and ASCII digits. Out of range is of the right form.
            let digits = text.strip_prefix('-').unwrap_or(&text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(expected());
            }
            match text.parse::<i64>() {
                Ok(id) if (min..=max).contains(&id) => Value::Integer(id),
                _ => return Ok(None),
            }
        }
        ValueType::Uuid if text.len() == 36 => {
            Uuid::try_parse(&text).map(Value::Uuid).map_err(|_| expected())?
        }
        ValueType::Text => {
            check_text(&text).map_err(|message| invalid(message.to_owned()))?;
            Value::Text(text.into_owned())
        }
        _ => return Err(expected()),
    };
    field
        .normalize(id, Purpose::Compare)
        .map(Some)
        .map_err(|error| invalid(error.message().to_owned()))
}
