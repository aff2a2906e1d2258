//! The id of a row in a URL, and in a batch.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::failure::Failure;
use crate::field::{Value, ValueType};
use crate::json::{Number, RawJson, View};
use crate::manager::{Description, FieldDescription, Purpose};

/// Checks whether a URL can address the row with this text id.
///
/// Proxies normalize paths, so some ids would address another row. Reasons: `docs/design/server.md`, "Ids in URLs".
///
/// # Errors
/// The reason why the id can't be addressed.
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
pub(crate) fn encoded_len(id: &str) -> usize {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let lengths = id.bytes().map(|byte| if is_unreserved(byte) { 1 } else { 3 });
    lengths.fold(0, usize::saturating_add)
}

/// The separators of path segments. WHATWG URLs treat `\` like `/`.
const SEPARATORS: [char; 2] = ['/', '\\'];

/// Reads the id from its segment of the URL, which is decoded here. `None` for a well-formed id that no row can have.
pub(crate) fn read(segment: &str, description: &'static Description) -> Result<Option<Value>, Failure> {
    let field = description.id_field();
    let invalid = |message: String| Failure::invalid_field(field.name(), message);
    let text = percent_decode_str(segment)
        .decode_utf8()
        .map_err(|_| invalid("expected an id in UTF-8".to_owned()))?;
    let ValueType::Integer { min, max } = field.value_type() else {
        return of_text(text, field);
    };
    // An optional minus and ASCII digits (R-id-syntax). A number out of range is well-formed.
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid(format!("expected {}", field.value_type().name())));
    }
    let id = text.parse().ok().filter(|id| (min..=max).contains(id));
    Ok(id.map(Value::Integer))
}

/// Reads the id from the JSON of a batch. `None` for a well-formed id that no row can have.
pub(crate) fn read_json(
    json: RawJson<'_>,
    description: &'static Description,
) -> Result<Option<Value>, Failure> {
    let field = description.id_field();
    match (field.value_type(), json.view()) {
        (ValueType::Integer { min, max }, View::Number(Some(Number::Integer(id)))) => {
            Ok(Some(id).filter(|id| (min..=max).contains(id)).map(Value::Integer))
        }
        (ValueType::Integer { .. }, View::Number(Some(Number::Natural(_)))) => Ok(None),
        (ValueType::Text | ValueType::Uuid, View::Text(text)) => of_text(text, field),
        (value_type, _) => {
            let message = format!("expected {}", value_type.name());
            Err(Failure::invalid_field(field.name(), message))
        }
    }
}

/// The id of a field with texts or UUIDs.
fn of_text(text: Cow<'_, str>, field: &FieldDescription) -> Result<Option<Value>, Failure> {
    let invalid = |message: String| Failure::invalid_field(field.name(), message);
    let expected = || invalid(format!("expected {}", field.value_type().name()));
    let id = match field.value_type() {
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
